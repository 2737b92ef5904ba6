"""Where the marks of the front's plot go: size across on a log scale, accuracy upwards, latency as a mark's area."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

from boards.front import Point

WIDTH, HEIGHT, MARGIN = 640, 320, 72
LARGEST_R, SMALLEST_R = 14.0, 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One circle."""

    x: float
    y: float
    r: float
    kind: str
    point: Point


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that is drawn."""

    marks: tuple[Mark, ...]
    low: Point
    high: Point
    width: int = WIDTH
    height: int = HEIGHT
    left: int = MARGIN
    top: int = MARGIN
    right: int = WIDTH - MARGIN
    bottom: int = HEIGHT - MARGIN
    label_y: int = HEIGHT - MARGIN // 2

    @classmethod
    def of(cls, kinds: Sequence[tuple[str, Iterable[Point]]]) -> "Plot | None":
        """Points of several kinds. None if there are none."""
        given = [(kind, point) for kind, points in kinds for point in points]
        if not given:
            return None
        accuracies = [point.accuracy for _, point in given]
        sizes = [point.size_bytes for _, point in given]
        slowest = max(point.latency for _, point in given)
        low, high = (Point(0, end(accuracies), end(sizes), slowest) for end in (min, max))
        marks = tuple(
            Mark(
                x=_at(log(point.size_bytes), log(low.size_bytes), log(high.size_bytes), MARGIN, WIDTH - MARGIN),
                y=_at(point.accuracy, low.accuracy, high.accuracy, HEIGHT - MARGIN, MARGIN),
                r=max(SMALLEST_R, round(LARGEST_R * sqrt(point.latency / slowest), 1)),
                kind=kind,
                point=point,
            )
            for kind, point in given
        )
        return cls(marks, low, high)


def _at(value: float, low: float, high: float, first: float, last: float) -> float:
    """Where a value lies between two ends; in the middle if all are alike."""
    fraction = (value - low) / (high - low) if high > low else 0.5
    return round(first + fraction * (last - first), 1)
