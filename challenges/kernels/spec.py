"""A kernel challenge as its folder describes it. A file with a mistake is refused by name."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from challenges.spec import BRIEFS, Spec, refuse_unfilled, shown
from challenges.tables import Bilingual, StarterTable, Table
from grader.devices.kernels import Interface
from grader.devices.targets import devices
from grader.errors import ChallengeBroken
from grader.kernels.challenge import KernelTarget
from grader.kernels.grading import FORMATS

SOURCES = ("call.cpp", "empty.cpp", "scalar.cpp")


class KernelTable(Table, frozen=True, kw_only=True):
    """How the kernel is called. cases: the module of `challenges.kernels` that makes its calls."""

    symbol: str
    header: str
    cases: str
    max_bytes: int


class DeviceTable(Table, frozen=True, kw_only=True):
    """See grader.kernels.challenge.KernelTarget; cycles are estimated."""

    par: int
    weight: float
    gold: int | None = None
    floor_macs_per_instruction: float


class KernelFile(Table, frozen=True, kw_only=True):
    """The whole of a kernel's challenge.toml."""

    kind: Literal["kernel"]
    version: int
    skills: tuple[str, ...]
    minutes: int
    title: Bilingual
    summary: Bilingual
    starter: StarterTable
    kernel: KernelTable
    devices: dict[str, DeviceTable]

    def __post_init__(self) -> None:
        if not math.isclose(sum(device.weight for device in self.devices.values()), 1):
            raise ValueError("the weights of the devices do not sum to 1")
        if unknown := set(self.devices) - set(devices()):
            raise ValueError(f"no device is called {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelSpec(Spec):
    """Everything about one kernel challenge but its cases."""

    interface: Interface
    targets: tuple[KernelTarget, ...]
    cases: str
    largest_bytes: int

    @property
    def track(self) -> Literal["kernel"]:
        """Beside the tracks of models."""
        return "kernel"

    @property
    def formats(self) -> tuple[str, ...]:
        """Extensions of the files that may be handed in."""
        return FORMATS

    @property
    def max_bytes(self) -> int:
        """The largest file that may be handed in."""
        return self.largest_bytes

    @property
    def sources(self) -> Path:
        """The folder with header, harness and scalar reference."""
        return self.folder / "kernel"

    def figures(self) -> Mapping[str, str]:
        """`par_pi4`, `gold_pi4`, `floor_pi4` and so on, ready to be read."""
        told = {"minutes": str(self.minutes), "max_kib": f"{self.max_bytes // 1024}"}
        for target in self.targets:
            name = target.device.name
            told[f"par_{name}"] = f"{target.par:,}"
            told[f"macs_{name}"] = f"{target.macs_per_instruction:g}"
            if target.gold is not None:
                told[f"gold_{name}"] = f"{target.gold:,}"
            cost = target.device.cost
            told[f"instruction_{name}"] = f"{cost.instruction:g}"
            told[f"level1_miss_{name}"] = f"{cost.level1_miss:g}"
            told[f"level2_miss_{name}"] = f"{cost.level2_miss:g}"
        return told


def read_kernel_spec(folder: Path) -> KernelSpec:
    """Parse one folder. Raises ChallengeBroken naming the file and what is wrong in it."""
    path = folder / "challenge.toml"
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), KernelFile)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ChallengeBroken("challenge_invalid", file=shown(path), reason=str(error)) from error
    for name in (*BRIEFS.values(), *(f"kernel/{source}" for source in (*SOURCES, file.kernel.header))):
        if not (folder / name).is_file():
            raise ChallengeBroken("challenge_incomplete", challenge=folder.name, file=name)
    spec = _spec(file, folder)
    refuse_unfilled(spec)
    spec.lessons()
    return spec


def _spec(file: KernelFile, folder: Path) -> KernelSpec:
    sources = folder / "kernel"
    return KernelSpec(
        id=folder.name,
        version=file.version,
        skills=file.skills,
        minutes=file.minutes,
        title=file.title,
        summary=file.summary,
        starter=file.starter,
        folder=folder,
        interface=Interface(
            symbol=file.kernel.symbol,
            header_name=file.kernel.header,
            header=(sources / file.kernel.header).read_bytes(),
            call=(sources / "call.cpp").read_bytes(),
            empty=(sources / "empty.cpp").read_bytes(),
        ),
        targets=tuple(_target(name, table) for name, table in file.devices.items()),
        cases=file.kernel.cases,
        largest_bytes=file.kernel.max_bytes,
    )


def _target(name: str, table: DeviceTable) -> KernelTarget:
    return KernelTarget(
        device=devices()[name],
        par=table.par,
        weight=table.weight,
        gold=table.gold,
        macs_per_instruction=table.floor_macs_per_instruction,
    )
