"""The ladder as a chart: a row for each rung, its accuracy with the interval, beside baseline and gate."""

from dataclasses import dataclass

from grader.ladder import LadderReport, Rung, RungFigures
from submissions.charts import WIDTH, Scale, Tick

ROW = 46  # a name and, below it, the mark
TOP = 26  # room for the words at the lines of gate and baseline
BOTTOM = 30
BAR = 400  # units of a bar of sizes


@dataclass(frozen=True, slots=True)
class RungMark:
    """One rung that could be measured. `bar`: its size, as a bar of at most 400 units."""

    rung: Rung
    name_y: int
    y: int
    x: float
    interval_x: tuple[float, float]
    bar: float


@dataclass(frozen=True, slots=True)
class LadderPlot:
    """Where everything goes. None of it if no rung could be measured."""

    marks: tuple[RungMark, ...]
    ticks: tuple[Tick, ...]
    baseline_x: float
    gate_x: float
    axis_y: int
    top: int = TOP
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
    def of(cls, ladder: LadderReport) -> "LadderPlot | None":
        """Lay out the rungs that have figures."""
        rungs = [(rung, rung.figures) for rung in ladder.rungs if rung.figures]
        if not rungs:
            return None
        first = rungs[0][1].accuracy
        values = [bound for _, figures in rungs for bound in figures.accuracy.interval]
        scale = Scale.around([*values, first.baseline, first.gate])
        largest = max(figures.size_bytes for _, figures in rungs)
        return cls(
            marks=tuple(mark(n, rung, figures, scale, largest) for n, (rung, figures) in enumerate(rungs)),
            ticks=tuple(Tick(scale.x(value), value) for value in scale.ticks()),
            baseline_x=scale.x(first.baseline),
            gate_x=scale.x(first.gate),
            axis_y=TOP + ROW * len(rungs),
        )


def mark(number: int, rung: Rung, figures: RungFigures, scale: Scale, largest_bytes: int) -> RungMark:
    """Lay out one rung."""
    low, high = figures.accuracy.interval
    return RungMark(
        rung=rung,
        name_y=TOP + ROW * number + 17,
        y=TOP + ROW * number + 34,
        x=scale.x(figures.accuracy.value),
        interval_x=(scale.x(low), scale.x(high)),
        bar=round(BAR * figures.size_bytes / largest_bytes, 1),
    )
