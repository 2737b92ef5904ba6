"""The starter kit of a kernel challenge: first entry, local runner, and the sources of counter and harness."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from challenges.kernels.spec import KernelSpec

KIT = Path(__file__).parents[1] / "kit" / "kernel"
LAB = (
    *("plugin/count.c", "plugin/qemu_plugin.h", "guest/run_kernel.cpp", "guest/kernel_case.h", "guest/marks.h"),
    "targets.toml",
)


def kernel_kit(spec: KernelSpec) -> Mapping[str, bytes]:
    """By path in the kit: everything besides README and brief."""
    lab, cases = files("grader.devices"), Path(__file__).with_name(f"{spec.cases}.py")
    return {
        **{path.name: path.read_bytes() for path in [*KIT.glob("*.py"), *spec.folder.glob("starter/*.cpp")]},
        **{f"kernel/{path.name}": path.read_bytes() for path in sorted(spec.sources.iterdir())},
        **{f"lab/{Path(name).name}": (lab / name).read_bytes() for name in LAB},
        "cases.py": cases.read_bytes(),
        "challenge.toml": (spec.folder / "challenge.toml").read_bytes(),
    }
