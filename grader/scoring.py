"""The formula "karui-1": from measurements and targets to points. A pure function, so that points can be recomputed."""

import math
from dataclasses import dataclass, replace

from grader.challenge import Target, Targets
from grader.report import AccuracyFacts, DeviceFacts, Measured, Result, ScoreFacts, ScorePart

FORMULA = "karui-1"
ACCURACY_WEIGHT = 0.30
TARGETS_WEIGHT = 0.70
PROGRESS_CEILING = 1.2


def progress(baseline: float, par: float, measured: float) -> float:
    """How far from baseline to par, on a log scale: p = clip(ln(B/x) / ln(B/T), 0, 1.2)."""
    return min(max(math.log(baseline / measured) / math.log(baseline / par), 0.0), PROGRESS_CEILING)


def quality(accuracy: float, baseline: float, gate: float) -> float:
    """How much of the allowed loss is unused: q = clip((a - G) / (A0 - G), 0, 1)."""
    return min(max((accuracy - gate) / (baseline - gate), 0.0), 1.0)


def multiplier(accuracy: float, gate: float) -> float:
    """M = 1 at or above the gate, else 0.5 · max(0, 1 - 10·(G - a)), accuracies as fractions."""
    return 1.0 if accuracy >= gate else 0.5 * max(0.0, 1 - 10 * (gate - accuracy))


def score(measured: Measured, targets: Targets) -> ScoreFacts:
    """score = 100 · M · (0.30·q + 0.70·Σ w·p). All pars at full accuracy is 100, the untouched baseline 30."""
    m = multiplier(measured.accuracy.value, measured.accuracy.gate)
    parts = (_accuracy_part(measured.accuracy, m), *_target_parts(measured, targets, m))
    return ScoreFacts(formula=FORMULA, points=sum(part.points for part in parts), multiplier=m, parts=parts)


@dataclass(frozen=True, slots=True)
class CountedLatency:
    """The figure of an entry's latency that counts: estimated for `device` and exact, or measured, the upper end."""

    ratio: float
    par: float | None
    gold: float | None
    device: DeviceFacts | None = None


def counted_latency(measured: Measured, targets: Targets) -> CountedLatency:
    """The estimate where the target names a device that the entry runs on, the measurement on this machine otherwise.

    par, gold: what is asked of that figure; None where the challenge asks for nothing.
    """
    target, gold = targets.latency, targets.gold
    device = measured.on_device(targets.device) if targets.device else None
    as_asked = not targets.device or device is not None
    par = (target.par if as_asked else target.native) if target else None
    asked = (gold.latency if as_asked else gold.native_latency) if gold else None
    return CountedLatency(device.ratio if device else measured.latency.interval[1], par, asked, device)


def noise(measured: Measured, targets: Targets) -> float:
    """Half of what the 95 % interval of a measured latency is worth in points; all else is exact on the same items."""
    low, _ = measured.latency.interval
    fastest = replace(measured, latency=replace(measured.latency, interval=(low, low)))
    return (score(fastest, targets).points - score(measured, targets).points) / 2


def result(measured: Measured, scored: ScoreFacts) -> Result:
    """The verdict: gate first, then whether every target was met."""
    if measured.accuracy.value < measured.accuracy.gate:
        return Result.BELOW_GATE
    return Result.PASSED if all(part.met for part in scored.parts) else Result.PARTIAL


def is_gold(measured: Measured, verdict: Result, targets: Targets) -> bool:
    """Whether an entry that passed holds every figure for gold as well."""
    gold = targets.gold
    if gold is None or verdict is not Result.PASSED:
        return False
    latency = counted_latency(measured, targets)
    rows = (
        (gold.max_drop, measured.accuracy.drop),
        (gold.size, measured.inspection.size_bytes),
        (gold.memory, measured.inspection.memory_bytes),
        (latency.gold, latency.ratio),
    )
    return all(limit is None or value <= limit for limit, value in rows)


def _accuracy_part(accuracy: AccuracyFacts, m: float) -> ScorePart:
    q = quality(accuracy.value, accuracy.baseline, accuracy.gate)
    return ScorePart(
        name="accuracy",
        weight=ACCURACY_WEIGHT,
        baseline=accuracy.baseline,
        par=accuracy.gate,
        measured=accuracy.value,
        progress=q,
        points=100 * m * ACCURACY_WEIGHT * q,
        met=accuracy.value >= accuracy.gate,
    )


def _target_parts(measured: Measured, targets: Targets, m: float) -> tuple[ScorePart, ...]:
    """One part per target."""
    rows = (
        ("size", targets.size, measured.baseline_size_bytes, measured.inspection.size_bytes),
        ("memory", targets.memory, measured.baseline_memory_bytes, measured.inspection.memory_bytes),
    )
    given = tuple(_part(name, target, base, value, m) for name, target, base, value in rows if target is not None)
    return given if targets.latency is None else (*given, _latency_part(measured, targets, targets.latency, m))


def _latency_part(measured: Measured, targets: Targets, target: Target, m: float) -> ScorePart:
    """Of the estimate, or of the measurement at the upper end of its interval."""
    counted = counted_latency(measured, targets)
    part = _part("latency", replace(target, par=counted.par or target.par), 1.0, counted.ratio, m)
    return replace(part, device=counted.device.title) if counted.device else part


def _part(name: str, target: Target, baseline: float, measured: float, m: float) -> ScorePart:
    p = progress(baseline, target.par, measured)
    weight = TARGETS_WEIGHT * target.weight
    return ScorePart(
        name=name,
        weight=weight,
        baseline=baseline,
        par=target.par,
        measured=measured,
        progress=p,
        points=100 * m * weight * p,
        met=measured <= target.par,
    )
