"""The devices of the lab, read from targets.toml, and what counts cost on each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Architecture = Literal["aarch64", "riscv64"]
BOARDS = ("pi4", "pi5")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheModel:
    """A data cache: 64-byte lines, the least recently used one of a set goes."""

    size_bytes: int
    ways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """Cycles for an instruction, for a line that misses a cache, for a vector register that is worked on."""

    instruction: float
    level1_miss: float
    level2_miss: float
    vector_register: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateError:
    """How far estimates are off for networks that were left out of the fit, as fractions of the time on the board."""

    median: float
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an emulation counted. classes: instructions by kind. vector_registers: RISC-V only, each vector instruction
    as many times as it works on registers (LMUL), in fractions of one.
    """

    instructions: int
    level1_misses: int
    level2_misses: int
    vector_registers: float = 0.0
    classes: Mapping[str, int]

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            instructions=self.instructions + other.instructions,
            level1_misses=self.level1_misses + other.level1_misses,
            level2_misses=self.level2_misses + other.level2_misses,
            vector_registers=self.vector_registers + other.vector_registers,
            classes={name: count + other.classes.get(name, 0) for name, count in self.classes.items()},
        )

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            instructions=self.instructions - other.instructions,
            level1_misses=self.level1_misses - other.level1_misses,
            level2_misses=self.level2_misses - other.level2_misses,
            vector_registers=self.vector_registers - other.vector_registers,
            classes={name: count - other.classes.get(name, 0) for name, count in self.classes.items()},
        )

    @property
    def vectors(self) -> int:
        """Vector instructions."""
        return self.classes["vector"] + self.classes["vector_mac"]

    @property
    def scalars(self) -> int:
        """All others."""
        return self.instructions - self.vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device: what emulates it, what compiles for it, what its counts cost.

    emulated_cpu: QEMU's name and properties of the processor. part, features: what Linux says of an Arm core in
    /proc/cpuinfo, by which runtimes choose their kernels. fitted: whether `cost` comes from timings of the board;
    `error` then says how well.
    """

    name: str
    title: str
    core: str
    architecture: Architecture
    clock_ghz: float
    emulated_cpu: str
    compiler_flags: tuple[str, ...]
    level1: CacheModel
    level2: CacheModel
    cost: CostModel
    fitted: bool
    error: EstimateError | None = None
    part: str = ""
    features: str = ""

    @property
    def triple(self) -> str:
        """The compiler's name of the architecture."""
        return f"{self.architecture}-linux-gnu"

    @property
    def has_dot_product(self) -> bool:
        """Whether one instruction of its core sums four int8 products in each lane (SDOT)."""
        return "asimddp" in self.features.split()

    def cycles(self, counts: Counts) -> float:
        """What the counts cost on this device, estimated."""
        cost = self.cost
        scalar = counts.instructions - (counts.vectors if cost.vector_register else 0)
        return (
            cost.instruction * scalar
            + cost.vector_register * counts.vector_registers
            + cost.level1_miss * counts.level1_misses
            + cost.level2_miss * counts.level2_misses
        )

    def estimated_ms(self, cycles: float) -> float:
        """Milliseconds at the board's clock."""
        return cycles / self.clock_ghz / 1e6


@cache
def devices() -> Mapping[str, Device]:
    """Every device of the lab by name."""
    tables = tomllib.loads((files(__package__) / "targets.toml").read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **table}, Device) for name, table in tables.items()}


def boards() -> tuple[Device, ...]:
    """Devices of which every ONNX entry gets an estimate."""
    return tuple(devices()[name] for name in BOARDS)
