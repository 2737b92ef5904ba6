"""The starter kit of a kernel challenge: first entry, local runner, and the sources of counter and harness."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from challenges.kernels.spec import KernelSpec
from grader.devices.kernels import ours

KITS = Path(__file__).parents[1] / "kit"
LAB = ("plugin/count.c", "plugin/qemu_plugin.h", "targets.toml")


def kernel_kit(spec: KernelSpec) -> Mapping[str, bytes]:
    """By path in the kit: everything besides README and brief."""
    lab, cases = files("grader.devices"), Path(__file__).with_name(f"{spec.cases}.py")
    scripts = [*KITS.glob("kernel/*.py"), *(KITS.glob("operator/*.py") if spec.is_operator else ())]
    return {
        **{path.name: path.read_bytes() for path in [*scripts, *spec.folder.glob("starter/*.cpp")]},
        **{f"kernel/{path.name}": path.read_bytes() for path in sorted(spec.sources.iterdir())},
        **{f"lab/{Path(name).name}": (lab / name).read_bytes() for name in LAB},
        **{f"lab/{name}": ours(name) for name in spec.kind.interface.lab_sources},
        "cases.py": cases.read_bytes(),
        "challenge.toml": (spec.folder / "challenge.toml").read_bytes(),
    }
