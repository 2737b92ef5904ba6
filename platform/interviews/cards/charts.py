"""Where the bars of the days go. The template draws them as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from interviews.cards.forecast import Day

WIDTH, HEIGHT = 680, 260
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 12, 34
GAP = 0.25  # of the width of a bar and its gap
LABELS = 6  # about so many dates and amounts


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar. kind: its CSS class."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis."""

    at: float
    label: date | int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """A bar for each day, its parts on top of one another."""

    pieces: Sequence[Piece]
    dates: Sequence[Mark]
    amounts: Sequence[Mark]
    cap_y: float | None = None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - BOTTOM

    @classmethod
    def of_load(cls, days: Sequence[Day], cap: int) -> "BarChart":
        """New cards, reviews, and what the cap left over."""
        bars = {day.date: {"new": day.new, "due": day.reviews, "carried": day.carried} for day in days}
        return cls.of(bars, cap)

    @classmethod
    def of_past(cls, counted: Mapping[date, int]) -> "BarChart":
        """Reviews that were done."""
        return cls.of({day: {"due": count} for day, count in counted.items()})

    @classmethod
    def of(cls, bars: Mapping[date, Mapping[str, int]], cap: int | None = None) -> "BarChart":
        """Lay out bars of parts, the first part at the foot."""
        highest = max([1, *(sum(parts.values()) for parts in bars.values())])
        step = round_step(highest)
        top = ceil(highest / step) * step
        slot = (WIDTH - LEFT - RIGHT) / max(1, len(bars))
        every = ceil(len(bars) / LABELS)
        middles = [LEFT + slot * (place + 0.5) for place in range(len(bars))]
        return cls(
            pieces=[
                piece
                for middle, parts in zip(middles, bars.values(), strict=True)
                for piece in stacked(parts, middle, slot * (1 - GAP), top)
            ],
            dates=[Mark(round(middles[n], 1), day) for n, day in enumerate(bars) if n % every == 0],
            amounts=[Mark(height_of(amount, top), amount) for amount in range(0, top + 1, step)],
            cap_y=height_of(cap, top) if cap is not None and cap <= top else None,
        )


def height_of(amount: float, top: int) -> float:
    """Where an amount lies, in user units from above."""
    return round(HEIGHT - BOTTOM - amount / top * (HEIGHT - BOTTOM - TOP), 1)


def stacked(parts: Mapping[str, int], middle: float, width: float, top: int) -> Sequence[Piece]:
    """The parts of one bar; those of nothing are left out."""
    pieces, below = [], 0
    for kind, amount in parts.items():
        if amount:
            y = height_of(below + amount, top)
            tall = round(height_of(below, top) - y, 1)
            pieces.append(Piece(kind, round(middle - width / 2, 1), y, round(width, 1), tall))
        below += amount
    return pieces


def round_step(highest: int) -> int:
    """A round step between labels: one, two or five of a power of ten."""
    power: int = 10 ** (len(str(highest)) - 1)
    steps = [max(1, power * factor // 10) for factor in (1, 2, 5, 10, 20, 50)]
    return next(step for step in steps if highest / step <= LABELS)
