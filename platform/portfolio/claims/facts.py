"""What a report lets somebody say. Every figure is rounded against whoever says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grader.devices.lab import COMPILER, EMULATOR, LINKER
from grader.devices.targets import devices
from grader.kernels.facts import KernelFacts as KernelReport
from grader.kernels.facts import KernelOnDevice
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


@dataclass(frozen=True, slots=True)
class Gain:
    """A kernel's estimated cycles on one device against the reference's.

    over_floor: its instructions as multiples of the fewest that could do its multiplications, if it has any.
    """

    core: str
    factor: Factor
    over_floor: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a claim may name of any entry."""

    formula: str
    points: Decimal
    sha256: str
    measured_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts(Facts):
    """Everything that a claim may name of a model.

    speed: None where the interval does not tell faster from slower. estimate: what the points rest on where the
    challenge asks for a device; speed is then a second figure.
    """

    size: Factor
    speed: Factor | None
    estimate: Estimate | None
    change: Change
    is_noisy: bool
    cpu: str
    runtime: str

    @classmethod
    def of(cls, report: Report, measured_on: datetime) -> "ModelFacts":
        """Of a graded model. Raises ValueError if nothing was measured."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelFacts(Facts):
    """Everything that a claim may name of a kernel, whose outputs were all right. tools: with their versions.

    is_operator: whether the reference is the standard nodes of ONNX Runtime, and not a scalar kernel.
    """

    is_operator: bool
    gains: Sequence[Gain]
    tools: str

    @classmethod
    def of(cls, report: Report, measured_on: datetime) -> "KernelFacts":
        """Of a graded kernel. Raises ValueError if nothing was counted."""
        kernel, score = report.kernel, report.score
        if kernel is None or score is None:
            raise ValueError("a claim needs an entry that was graded")
        return cls(
            is_operator=not kernel.macs,
            gains=[
                Gain(on.core, cycles_factor(on), up(on.over_floor, 1) if kernel.macs else None) for on in kernel.devices
            ],
            tools=", ".join(f"{name} {report.environment[name]}" for name in tools_of(kernel, report)),
            formula=score.formula,
            points=down(score.points, 1),
            sha256=report.entry.sha256,
            measured_on=measured_on,
        )


def facts_of(report: Report, measured_on: datetime) -> ModelFacts | KernelFacts:
    """Of a graded entry, whatever it is. Raises ValueError if it was not graded."""
    return KernelFacts.of(report, measured_on) if report.kernel else ModelFacts.of(report, measured_on)


def tools_of(kernel: KernelReport, report: Report) -> Sequence[str]:
    """The emulators of its devices, what compiled it and what ran it, as far as the report names them."""
    known = (devices().get(on.device) for on in kernel.devices)
    emulators = dict.fromkeys(EMULATOR.format(architecture=device.architecture) for device in known if device)
    return [name for name in (*emulators, COMPILER, LINKER, "onnxruntime") if name in report.environment]


def cycles_factor(on: KernelOnDevice) -> Factor:
    """The reference's estimated cycles over the kernel's. Instructions are counted, so there is no interval."""
    if on.cycles <= on.scalar_cycles:
        return Factor(is_gain=True, times=down(on.speed_up, decimals_of(on.speed_up)))
    return Factor(is_gain=False, times=up(on.cycles / on.scalar_cycles, 2))


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
