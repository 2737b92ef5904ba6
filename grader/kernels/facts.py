"""What a report says of a kernel."""

from dataclasses import dataclass

from grader.devices.targets import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class HotBlock:
    """A straight run of instructions of a kernel: how often it ran, and its share of all instructions."""

    address: int
    runs: int
    share: float
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelOnDevice:
    """A kernel on one device, over all calls that count, the harness taken off; `scalar`: the reference's counts.

    Cycles are estimated. floor_instructions: the fewest that could do the multiplications. hot: in the order of the
    program.
    """

    device: str
    title: str
    core: str
    counts: Counts
    scalar: Counts
    cycles: float
    scalar_cycles: float
    floor_instructions: float
    compiler_log: str = ""
    hot: tuple[HotBlock, ...] = ()

    @property
    def speed_up(self) -> float:
        """How many times fewer cycles than the reference takes."""
        return self.scalar_cycles / self.cycles

    @property
    def over_floor(self) -> float:
        """Instructions over the fewest that could do."""
        return self.counts.instructions / self.floor_instructions

    @property
    def by_class(self) -> list[tuple[str, int, int]]:
        """Class, executed, executed by the reference."""
        return [(name, count, self.scalar.classes[name]) for name, count in self.counts.classes.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelFacts:
    """What was found about a kernel that is right on every case. macs: multiply-accumulates of the calls that count."""

    source_bytes: int
    macs: int
    devices: tuple[KernelOnDevice, ...]
