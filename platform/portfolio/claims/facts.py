"""What a report lets somebody say. Every figure is rounded against whoever says it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grader.report import DeviceFacts, LatencyFacts, Measured, Report
from portfolio.claims.rounding import down, up

WHOLE_FROM = 10  # a factor of so much is told without decimals


@dataclass(frozen=True, slots=True)
class Factor:
    """How many times better, or worse where `is_gain` is false. low, high: ends of its 95 % interval, if it has one."""

    is_gain: bool
    times: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Of the challenge's metric against the baseline, in points, with its 95 % interval; items: over how many."""

    metric: str
    points: Decimal
    low: Decimal
    high: Decimal
    items: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Speed on a device, not measured there; median_error: of such estimates, None where it is unknown."""

    device: str
    factor: Factor
    median_error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a claim may name. speed: None where the interval does not tell faster from slower. estimate: what
    the points rest on where the challenge asks for a device; speed is then a second figure.
    """

    size: Factor
    speed: Factor | None
    estimate: Estimate | None
    change: Change
    is_noisy: bool
    cpu: str
    runtime: str
    formula: str
    points: Decimal
    sha256: str
    measured_on: datetime

    @classmethod
    def of(cls, report: Report, measured_on: datetime) -> "Facts":
        """Of a graded entry. Raises ValueError if nothing was measured."""
        measured, score = report.measured, report.score
        if measured is None or score is None:
            raise ValueError("a claim needs an entry that was graded")
        return cls(
            size=size_factor(measured),
            speed=speed_factor(measured.latency),
            estimate=estimate(report.scored_device),
            change=change(measured),
            is_noisy=measured.latency.noisy,
            cpu=str(report.environment.get("cpu_model", "")),
            runtime=report.entry.runtime,
            formula=score.formula,
            points=down(score.points, 1),
            sha256=report.entry.sha256,
            measured_on=measured_on,
        )


def size_factor(measured: Measured) -> Factor:
    """The baseline's bytes over the entry's. Bytes are counted, so there is no interval."""
    baseline, entry = measured.baseline_size_bytes, measured.inspection.size_bytes
    if entry <= baseline:
        return Factor(is_gain=True, times=down(baseline / entry, decimals_of(baseline / entry)))
    return Factor(is_gain=False, times=up(entry / baseline, 2))


def speed_factor(latency: LatencyFacts) -> Factor | None:
    """The baseline's CPU time over the entry's. None where it may as well be one."""
    best, worst = latency.interval
    if worst < 1:
        digits = decimals_of(1 / latency.ratio)
        low, high = down(1 / worst, digits), down(1 / best, digits)
        return Factor(is_gain=True, times=down(1 / latency.ratio, digits), low=low, high=high)
    if best > 1:
        return Factor(is_gain=False, times=up(latency.ratio, 2), low=up(best, 2), high=up(worst, 2))
    return None


def estimate(device: DeviceFacts | None) -> Estimate | None:
    """The baseline's estimated time over the entry's. Instructions are counted, so there is no interval."""
    if device is None:
        return None
    if device.ratio <= 1:
        factor = Factor(is_gain=True, times=down(1 / device.ratio, decimals_of(1 / device.ratio)))
    else:
        factor = Factor(is_gain=False, times=up(device.ratio, 2))
    return Estimate(device.title, factor, device.median_error)


def decimals_of(factor: float) -> int:
    """18.87 is told as 18, 5.34 as 5.3, and 1.425 as 1.42."""
    return 0 if factor >= WHOLE_FROM else 1 if factor >= 2 else 2


def change(measured: Measured) -> Change:
    """Entry minus baseline: losses are rounded up, gains down."""
    accuracy = measured.accuracy
    least_drop, largest_drop = accuracy.drop_interval
    points, low, high = (down(-100 * drop, 2) for drop in (accuracy.drop, largest_drop, least_drop))
    return Change(accuracy.metric, points, low, high, accuracy.items)
