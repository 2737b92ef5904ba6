"""Where entries lie, and the Pareto front: those than which none is better in accuracy, size and latency at once."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

import numpy as np
import numpy.typing as npt
from django.core.cache import cache

from boards.ranking import Board
from submissions.standings.models import Standing

KEPT_S = 30
FIGURES = ("accuracy", "size_bytes", "latency")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """One entry."""

    pk: int
    accuracy: float
    size_bytes: int
    latency: float


@dataclass(frozen=True, slots=True)
class Field:
    """Everybody's best, in columns, and the front among them, the most accurate first."""

    accuracy: Floats
    size_bytes: Floats
    latency: Floats
    front: list[Point]

    @classmethod
    def of(cls, points: list[Point]) -> "Field":
        """Of these."""
        accuracy, size_bytes, latency = (np.array([getattr(point, name) for point in points]) for name in FIGURES)
        return cls(accuracy, size_bytes, latency, undominated(points))

    def dominated_by(self, one: Standing) -> int:
        """How many it is at least as good as in all three, and better than in one."""
        return self._count(np.less_equal, np.greater_equal, one)

    def dominating(self, one: Standing) -> int:
        """How many are at least as good in all three, and better in one."""
        return self._count(np.greater_equal, np.less_equal, one)

    def _count(self, of_accuracy: np.ufunc, of_the_rest: np.ufunc, one: Standing) -> int:
        lie_so = (
            of_accuracy(self.accuracy, one.accuracy)
            & of_the_rest(self.size_bytes, one.size_bytes)
            & of_the_rest(self.latency, one.latency)
        )
        differ = [getattr(self, name)[lie_so] != getattr(one, name) for name in FIGURES]
        return int(np.logical_or.reduce(differ).sum())


def field_of(board: Board) -> Field:
    """As it was less than a minute ago."""
    return cache.get_or_set(board.key("field"), lambda: Field.of(points(board)), KEPT_S) or Field.of([])


def points(board: Board) -> list[Point]:
    """Everybody's best."""
    rows = board.rows.order_by().values_list("pk", "accuracy", "size_bytes", "latency")
    return [Point(*row) for row in rows.iterator(chunk_size=10_000)]


@dataclass(slots=True)
class Staircase:
    """The smallest latency for every size, of the points so far: sizes rise, latencies fall."""

    sizes: list[int] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def latency_within(self, size_bytes: int) -> float:
        """The smallest latency of a point that is not larger than this."""
        at = bisect_right(self.sizes, size_bytes) - 1
        return self.latencies[at] if at >= 0 else inf

    def add(self, point: Point) -> None:
        """A point that none of the others beats in size and latency; those that it beats go."""
        at = bisect_left(self.sizes, point.size_bytes)
        beaten = at
        while beaten < len(self.sizes) and self.latencies[beaten] >= point.latency:
            beaten += 1
        self.sizes[at:beaten], self.latencies[at:beaten] = [point.size_bytes], [point.latency]


def undominated(given: Iterable[Point]) -> list[Point]:
    """The points that no other one dominates, the most accurate first. Equal points do not dominate each other.

    Taken from the most accurate down, a point is dominated if one before it is neither larger nor slower and differs.
    """
    kept: list[Point] = []
    stairs, twins = Staircase(), set[tuple[float, int, float]]()
    for point in sorted(given, key=lambda point: (-point.accuracy, point.size_bytes, point.latency)):
        figures = (point.accuracy, point.size_bytes, point.latency)
        if figures in twins:
            kept.append(point)
        elif stairs.latency_within(point.size_bytes) > point.latency:
            kept.append(point)
            twins.add(figures)
            stairs.add(point)
    return kept
