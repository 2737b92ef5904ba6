"""How fast it could be at best: the roofline, Amdahl's law, and stages behind one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bound:
    """The least time that the arithmetic and the memory traffic of one inference take, in seconds."""

    compute_s: float
    memory_s: float

    @property
    def seconds(self) -> float:
        """The longer one: both run at the same time at best."""
        return max(self.compute_s, self.memory_s)

    @property
    def by(self) -> Literal["compute", "memory"]:
        """Which of the two it is."""
        return "compute" if self.compute_s >= self.memory_s else "memory"


def inference_s(macs: float, traffic_bytes: float, macs_per_s: float, bytes_per_s: float) -> Bound:
    """Lower bound of the time of an inference: max(macs / macs_per_s, traffic_bytes / bytes_per_s).

    macs, traffic_bytes: of one inference; traffic is what crosses the memory bus. macs_per_s, bytes_per_s: the peaks
    of the device, for the number format that is used. Raises ValueError if a peak is not above 0.
    Source: Williams et al. 2009, Commun. ACM 52(4), doi:10.1145/1498765.1498785.
    """
    if not (macs_per_s > 0 and bytes_per_s > 0):
        raise ValueError("the peaks must be above 0")
    return Bound(compute_s=macs / macs_per_s, memory_s=traffic_bytes / bytes_per_s)


def intensity(macs: float, traffic_bytes: float) -> float:
    """Arithmetic intensity in multiply-accumulates per byte: macs / traffic_bytes.

    The literature often counts FLOP, which are twice as many. Raises ValueError if traffic_bytes is not above 0.
    Source: as `inference_s`.
    """
    if not traffic_bytes > 0:
        raise ValueError("the traffic must be above 0")
    return macs / traffic_bytes


def amdahl(fraction: float, speed_up: float) -> float:
    """How much faster the whole becomes: 1 / ((1 - fraction) + fraction / speed_up).

    fraction: of the time before, in [0, 1], that becomes `speed_up` times faster. Raises ValueError out of range.
    Source: Amdahl 1967, AFIPS Spring Joint Computer Conference, doi:10.1145/1465482.1465560.
    """
    if not (0 <= fraction <= 1 and speed_up > 0):
        raise ValueError("fraction must lie between 0 and 1, speed_up above 0")
    return 1 / ((1 - fraction) + fraction / speed_up)


def sequential_s(stages_s: Sequence[float]) -> float:
    """Time between two frames if a frame goes through all stages before the next begins: Σ stage."""
    return sum(stages_s)
