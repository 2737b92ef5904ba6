"""Where the marks of a chart go. Templates draw them as SVG, so they work without JavaScript and on paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from grader.report import AccuracyFacts, LatencyFacts, ScoreFacts, TimingProcess

WIDTH = 640
MARGIN_X = 24
ROW = 20
TOP = 12
BOTTOM = 30  # room for labels, which are larger on narrow screens


TOO_CLOSE = 1e-5
"""Values that differ by less could not be told apart by their labels."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values between `low` and `high` onto the width of a chart, in user units."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Sequence[float]) -> "Scale":
        """Covers all values, with a tenth of the range to spare on both sides; of the value, if all are alike."""
        spread = max(values) - min(values)
        room = spread / 10 if spread > TOO_CLOSE else abs(max(values)) / 10 or 0.1
        return cls(min(values) - room, max(values) + room)

    def x(self, value: float) -> float:
        """Where a value lies, in user units to one decimal."""
        fraction = (value - self.low) / (self.high - self.low)
        return round(MARGIN_X + fraction * (WIDTH - 2 * MARGIN_X), 1)

    def ticks(self, wanted: int = 5) -> list[float]:
        """About `wanted` round values inside the range."""
        rough = (self.high - self.low) / wanted
        power = 10.0 ** (len(f"{int(1 / rough)}") if rough < 1 else 0)
        step = max(1, round(rough * power)) / power
        first = int(self.low / step) + 1
        return [round(n * step, 6) for n in range(first, first + 2 * wanted) if n * step < self.high]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its label."""

    x: float
    value: float


@dataclass(frozen=True, slots=True)
class TimingRow:
    """One fresh process: its ratio, and the ratio of each slice in it."""

    number: int
    y: int
    ratio: float
    x: float
    slices_x: tuple[float, ...]
    slices: int
    reference_ns: int
    entry_ns: int


@dataclass(frozen=True, slots=True)
class LatencyPlot:
    """The distribution of the latency ratio: a row for each process, the interval as a band behind them."""

    rows: tuple[TimingRow, ...]
    ticks: tuple[Tick, ...]
    ratio_x: float
    band_x: float
    band_width: float
    axis_y: int
    width: int = WIDTH

    @property
    def height(self) -> int:
        """Of the whole chart, labels included."""
        return self.axis_y + BOTTOM

    @property
    def label_y(self) -> int:
        """Base line of the labels below the axis."""
        return self.axis_y + 20

    @classmethod
    def of(cls, latency: LatencyFacts) -> "LatencyPlot":
        """Lay out the raw samples of a measurement."""
        scale = Scale.around(
            [*latency.interval, *(ratio for process in latency.processes for ratio in slices(process))]
        )
        low, high = latency.interval
        rows = tuple(timing_row(number, process, scale) for number, process in enumerate(latency.processes, 1))
        return cls(
            rows=rows,
            ticks=tuple(Tick(scale.x(value), value) for value in scale.ticks()),
            ratio_x=scale.x(latency.ratio),
            band_x=scale.x(low),
            band_width=round(scale.x(high) - scale.x(low), 1),
            axis_y=TOP + ROW * len(rows),
        )


def slices(process: TimingProcess) -> Iterator[float]:
    """Entry over reference, slice by slice."""
    for entry_ns, reference_ns in zip(process.entry_min_ns, process.reference_min_ns, strict=False):
        yield entry_ns / reference_ns


def timing_row(number: int, process: TimingProcess, scale: Scale) -> TimingRow:
    """Lay out one process. Its own ratio is that of the least CPU times, which is what the estimator combines."""
    reference_ns, entry_ns = min(process.reference_min_ns), min(process.entry_min_ns)
    return TimingRow(
        number=number,
        y=TOP + ROW * number - ROW // 2,
        ratio=entry_ns / reference_ns,
        x=scale.x(entry_ns / reference_ns),
        slices_x=tuple(scale.x(ratio) for ratio in slices(process)),
        slices=len(process.entry_min_ns),
        reference_ns=reference_ns,
        entry_ns=entry_ns,
    )


@dataclass(frozen=True, slots=True)
class AccuracyPlot:
    """Accuracy with its interval, beside the baseline and the gate."""

    ticks: tuple[Tick, ...]
    value_x: float
    interval_x: tuple[float, float]
    baseline_x: float
    gate_x: float
    width: int = WIDTH
    height: int = 96

    @classmethod
    def of(cls, accuracy: AccuracyFacts) -> "AccuracyPlot":
        """Lay out one measurement."""
        scale = Scale.around([*accuracy.interval, accuracy.baseline, accuracy.gate])
        low, high = accuracy.interval
        return cls(
            ticks=tuple(Tick(scale.x(value), value) for value in scale.ticks()),
            value_x=scale.x(accuracy.value),
            interval_x=(scale.x(low), scale.x(high)),
            baseline_x=scale.x(accuracy.baseline),
            gate_x=scale.x(accuracy.gate),
        )


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole, as a piece of a bar."""

    name: str
    amount: int
    fraction: float
    x: float
    width: float
    shade: int


def shares(amounts: dict[str, int]) -> list[Share]:
    """Pieces of one bar, largest first. Empty if there is nothing to share."""
    total = sum(amounts.values())
    pieces, x = [], 0.0
    for shade, (name, amount) in enumerate(sorted(amounts.items(), key=lambda item: -item[1]), 1):
        if amount:
            width = WIDTH * amount / total
            pieces.append(Share(name, amount, amount / total, round(x, 1), round(width, 1), shade))
            x += width
    return pieces


@dataclass(frozen=True, slots=True)
class Weighed:
    """A quantity of the entry beside the baseline's, as a bar inside an outline of 400 units. device: see ScorePart."""

    name: str
    before: float
    after: float
    width: float
    device: str


def weighed(score: ScoreFacts) -> list[Weighed]:
    """Every part of the score. What has grown fills its outline."""
    return [
        Weighed(
            name=part.name,
            before=part.baseline,
            after=part.measured,
            width=round(400 * min(1.0, part.measured / part.baseline), 1),
            device=part.device,
        )
        for part in score.parts
    ]


@dataclass(frozen=True, slots=True)
class SizeSquares:
    """Two squares whose areas are the sizes of a model before and after, the smaller one afloat in the larger."""

    before_bytes: int
    after_bytes: int
    side: int = 320

    @property
    def outer(self) -> float:
        """Side of the larger one."""
        return self.side - 2

    @property
    def inner(self) -> float:
        """Side of the smaller one."""
        return round(self.outer * sqrt(self.after_bytes / self.before_bytes), 1)

    @property
    def inner_x(self) -> float:
        """Its left edge: it floats near the upper right corner."""
        return round(self.side - self.inner - 22, 1)

    @property
    def inner_y(self) -> float:
        """Its upper edge."""
        return 46.0

    @property
    def text_x(self) -> float:
        """Where its label begins."""
        return self.inner_x + 12

    @property
    def text_y(self) -> float:
        """The base line of its label."""
        return self.inner_y + self.inner - 14
