"""Where the marks of the front's plot go: size across on a log scale, accuracy upwards, latency as a mark's area.

What is asked for stands in it as lines: the gate across, the size's par upwards.
"""

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
class Asked:
    """What a challenge asks for. None where it asks for nothing, or where nobody has measured the baseline yet."""

    size_bytes: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places on one axis; from `first` to `last`, which may be the smaller one."""

    low: float
    high: float
    first: float
    last: float

    @classmethod
    def over(cls, values: Iterable[float], first: float, last: float) -> "Scale":
        """One that has room for all of them."""
        known = list(values)
        return cls(min(known), max(known), first, last)

    def at(self, value: float) -> float:
        """Where a value lies; in the middle if all are alike."""
        fraction = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.first + fraction * (self.last - self.first), 1)


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that is drawn."""

    marks: tuple[Mark, ...]
    par_x: float | None
    gate_y: float | None
    sizes: tuple[float, float]
    accuracies: tuple[float, float]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = MARGIN
    top: int = MARGIN
    right: int = WIDTH - MARGIN
    bottom: int = HEIGHT - MARGIN
    label_y: int = HEIGHT - MARGIN // 2

    @classmethod
    def of(cls, kinds: Sequence[tuple[str, Iterable[Point]]], asked: Asked) -> "Plot | None":
        """Points of several kinds. None if there are none."""
        given = [(kind, point) for kind, points in kinds for point in points]
        if not given:
            return None
        sizes = [*(point.size_bytes for _, point in given), *filter(None, [asked.size_bytes])]
        accuracies = [*(point.accuracy for _, point in given), *filter(None, [asked.accuracy])]
        across = Scale.over(map(log, sizes), MARGIN, WIDTH - MARGIN)
        upwards = Scale.over(accuracies, HEIGHT - MARGIN, MARGIN)
        slowest = max(point.latency for _, point in given)
        marks = tuple(
            Mark(
                x=across.at(log(point.size_bytes)),
                y=upwards.at(point.accuracy),
                r=max(SMALLEST_R, round(LARGEST_R * sqrt(point.latency / slowest), 1)),
                kind=kind,
                point=point,
            )
            for kind, point in given
        )
        return cls(
            marks=marks,
            par_x=across.at(log(asked.size_bytes)) if asked.size_bytes else None,
            gate_y=upwards.at(asked.accuracy) if asked.accuracy else None,
            sizes=(min(sizes), max(sizes)),
            accuracies=(min(accuracies), max(accuracies)),
        )
