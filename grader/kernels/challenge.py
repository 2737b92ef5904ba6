"""What the grader is told about a challenge for kernels. Built by `challenges`, which knows the folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.devices.kernels import Case
from grader.devices.lab import Lab
from grader.devices.targets import Counts, Device
from grader.kernels.kinds import Kind


@dataclass(frozen=True, slots=True)
class KernelCase:
    """One call, and what has to come out, byte for byte. macs: multiply-accumulates that it takes."""

    case: Case
    expected: bytes = field(repr=False)
    macs: int = 0

    @property
    def moved_bytes(self) -> int:
        """Those that go in and those that come out."""
        return len(self.case.data) + len(self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTarget:
    """Cycles on one device: full points at `par`, none at the reference's. Weights of a challenge sum to 1.

    The most that one instruction of the device can do makes the floor: macs_per_instruction, or where there are none to
    speak of bytes_per_instruction, loaded or stored.
    """

    device: Device
    par: float
    weight: float
    gold: float | None = None
    macs_per_instruction: float | None = None
    bytes_per_instruction: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelChallenge:
    """Everything that grading one kernel, or one operator, needs.

    scored: the calls whose cost counts; checked: calls that only have to come out right. The expected bytes never
    enter the sandbox.
    """

    id: str
    version: int
    split: str
    max_bytes: int
    kind: Kind
    targets: tuple[KernelTarget, ...]
    scored: tuple[KernelCase, ...] = field(repr=False)
    checked: tuple[KernelCase, ...] = field(repr=False)
    lab: Lab

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the calls that count."""
        return sum(case.macs for case in self.scored)

    @property
    def output_bytes(self) -> int:
        """What comes out of the calls that count."""
        return sum(len(case.expected) for case in self.scored)

    def floor(self, target: KernelTarget) -> float:
        """The fewest instructions that could do the calls that count."""
        if target.macs_per_instruction:
            return self.macs / target.macs_per_instruction
        return sum(case.moved_bytes for case in self.scored) / (target.bytes_per_instruction or 1)


@dataclass(frozen=True, slots=True)
class DeviceBaseline:
    """On one device, what costs without an entry. idle: the harness, which is not the entry's. scalar: the reference.
    around: for an operator the runtime's own work, which comes on top.
    """

    idle: Counts
    scalar: Counts
    around: Counts | None = None


@dataclass(frozen=True, slots=True)
class KernelBaseline:
    """By the device's name."""

    devices: Mapping[str, DeviceBaseline]
