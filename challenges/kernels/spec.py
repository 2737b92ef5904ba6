"""A kernel challenge as its folder describes it. A file with a mistake is refused by name."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, cast

import msgspec

from challenges.spec import BRIEFS, Spec, refuse_unfilled, shown
from challenges.tables import Bilingual, StarterTable, Table
from grader.devices.kernels import Interface
from grader.devices.operators import REGISTER, OperatorInterface
from grader.devices.targets import devices
from grader.errors import ChallengeBroken
from grader.kernels.challenge import KernelTarget
from grader.kernels.grading import FORMATS
from grader.kernels.kinds import Kernel, Kind, Operator


class SourceTable(Table, frozen=True, kw_only=True):
    """header: what entries include. cases: the module of `challenges.kernels` that makes the calls."""

    header: str
    cases: str
    max_bytes: int


class KernelTable(SourceTable, frozen=True, kw_only=True):
    """A function, and the name by which it is called."""

    symbol: str

    files: ClassVar[tuple[str, ...]] = ("call.cpp", "empty.cpp", "scalar.cpp")

    def kind(self, files: Mapping[str, bytes]) -> Kernel:
        """What is graded. files: by name."""
        interface = Interface(
            symbol=self.symbol,
            header_name=self.header,
            header=files[self.header],
            call=files["call.cpp"],
            empty=files["empty.cpp"],
        )
        return Kernel(interface, files["scalar.cpp"])


class OperatorTable(SourceTable, frozen=True, kw_only=True):
    """A custom operator of ONNX Runtime."""

    files: ClassVar[tuple[str, ...]] = ("call.cpp", "empty.cpp", "operator.onnx", "graph.onnx")

    def kind(self, files: Mapping[str, bytes]) -> Operator:
        """What is graded. files: by name."""
        interface = OperatorInterface(
            symbol=REGISTER,
            header_name=self.header,
            header=files[self.header],
            call=files["call.cpp"],
            empty=files["empty.cpp"],
            model=files["operator.onnx"],
            graph=files["graph.onnx"],
        )
        return Operator(interface)


class DeviceTable(Table, frozen=True, kw_only=True):
    """See grader.kernels.challenge.KernelTarget; cycles are estimated."""

    par: int
    weight: float
    gold: int | None = None
    floor_macs_per_instruction: float | None = None
    floor_bytes_per_instruction: float | None = None

    def __post_init__(self) -> None:
        if (self.floor_macs_per_instruction is None) == (self.floor_bytes_per_instruction is None):
            raise ValueError("a device needs one floor: of macs or of bytes per instruction")


class KernelFile(Table, frozen=True, kw_only=True):
    """The whole of a kernel's challenge.toml."""

    kind: Literal["kernel"]
    version: int
    skills: tuple[str, ...]
    minutes: int
    title: Bilingual
    summary: Bilingual
    starter: StarterTable
    kernel: KernelTable | None = None
    operator: OperatorTable | None = None
    devices: dict[str, DeviceTable]

    @property
    def source(self) -> KernelTable | OperatorTable:
        """What is to be handed in."""
        return self.kernel or cast(OperatorTable, self.operator)  # one of both is there

    def __post_init__(self) -> None:
        if (self.kernel is None) == (self.operator is None):
            raise ValueError("it takes [kernel] or [operator], and not both")
        if not math.isclose(sum(device.weight for device in self.devices.values()), 1):
            raise ValueError("the weights of the devices do not sum to 1")
        if unknown := set(self.devices) - set(devices()):
            raise ValueError(f"no device is called {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelSpec(Spec):
    """Everything about one kernel challenge but its cases."""

    kind: Kind
    targets: tuple[KernelTarget, ...]
    cases: str
    largest_bytes: int

    @property
    def track(self) -> Literal["kernel"]:
        """Beside the tracks of models."""
        return "kernel"

    @property
    def is_operator(self) -> bool:
        """Whether it is compared with standard nodes of a runtime, and not with a scalar kernel."""
        return isinstance(self.kind, Operator)

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
        """The folder with header, harness and reference."""
        return self.folder / "kernel"

    def figures(self) -> Mapping[str, str]:
        """`par_pi4`, `gold_pi4`, `floor_pi4` and so on, ready to be read."""
        told = {"minutes": str(self.minutes), "max_kib": f"{self.max_bytes // 1024}"}
        for target in self.targets:
            name = target.device.name
            told[f"par_{name}"] = f"{target.par:,}"
            told[f"macs_{name}"] = f"{target.macs_per_instruction:g}" if target.macs_per_instruction else ""
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
    for name in (*BRIEFS.values(), *(f"kernel/{source}" for source in (*file.source.files, file.source.header))):
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
        kind=file.source.kind({path.name: path.read_bytes() for path in sources.iterdir()}),
        targets=tuple(_target(name, table) for name, table in file.devices.items()),
        cases=file.source.cases,
        largest_bytes=file.source.max_bytes,
    )


def _target(name: str, table: DeviceTable) -> KernelTarget:
    return KernelTarget(
        device=devices()[name],
        par=table.par,
        weight=table.weight,
        gold=table.gold,
        macs_per_instruction=table.floor_macs_per_instruction,
        bytes_per_instruction=table.floor_bytes_per_instruction,
    )
