"""What the grader is told about a challenge for kernels. Built by `challenges`, which knows the folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.devices.kernels import Case, Interface
from grader.devices.lab import Lab
from grader.devices.targets import Counts, Device


@dataclass(frozen=True, slots=True)
class KernelCase:
    """One call, and what has to come out, byte for byte. macs: multiply-accumulates that it takes."""

    case: Case
    expected: bytes = field(repr=False)
    macs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTarget:
    """Cycles on one device: full points at `par`, none at the scalar reference's. Weights of a challenge sum to 1.

    macs_per_instruction: the most that one instruction of the device can do, which makes the floor.
    """

    device: Device
    par: float
    weight: float
    gold: float | None = None
    macs_per_instruction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelChallenge:
    """Everything that grading one kernel needs. scalar: the reference implementation's source.

    scored: the calls whose cost counts; checked: calls that only have to come out right. The expected bytes never
    enter the sandbox.
    """

    id: str
    version: int
    split: str
    max_bytes: int
    interface: Interface
    scalar: bytes = field(repr=False)
    targets: tuple[KernelTarget, ...]
    scored: tuple[KernelCase, ...] = field(repr=False)
    checked: tuple[KernelCase, ...] = field(repr=False)
    lab: Lab

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the calls that count."""
        return sum(case.macs for case in self.scored)


@dataclass(frozen=True, slots=True)
class DeviceBaseline:
    """On one device: what the harness costs by itself, and what the scalar reference costs without it."""

    idle: Counts
    scalar: Counts


@dataclass(frozen=True, slots=True)
class KernelBaseline:
    """By the device's name."""

    devices: Mapping[str, DeviceBaseline]
