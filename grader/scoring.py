"""The formula "karui-1": from measurements and targets to points. A pure function, so that points can be recomputed."""

import math
from dataclasses import replace

from grader.challenge import Gold, Target, Targets
from grader.report import AccuracyFacts, Measured, Result, ScoreFacts, ScorePart

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


def noise(measured: Measured, targets: Targets) -> float:
    """Half of what the 95 % interval of the latency is worth in points; all else is exact on the same items."""
    low, _ = measured.latency.interval
    fastest = replace(measured, latency=replace(measured.latency, interval=(low, low)))
    return (score(fastest, targets).points - score(measured, targets).points) / 2


def result(measured: Measured, scored: ScoreFacts) -> Result:
    """The verdict: gate first, then whether every target was met."""
    if measured.accuracy.value < measured.accuracy.gate:
        return Result.BELOW_GATE
    return Result.PASSED if all(part.met for part in scored.parts) else Result.PARTIAL


def is_gold(measured: Measured, verdict: Result, gold: Gold | None) -> bool:
    """Whether an entry that passed holds every figure for gold as well. Latency counts at its interval's upper end."""
    if gold is None or verdict is not Result.PASSED:
        return False
    rows = (
        (gold.max_drop, measured.accuracy.drop),
        (gold.size, measured.inspection.size_bytes),
        (gold.memory, measured.inspection.memory_bytes),
        (gold.latency, measured.latency.interval[1]),
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
    """One part per target. Latency counts at the upper end of its interval."""
    rows = (
        ("size", targets.size, measured.baseline_size_bytes, measured.inspection.size_bytes),
        ("memory", targets.memory, measured.baseline_memory_bytes, measured.inspection.memory_bytes),
        ("latency", targets.latency, 1.0, measured.latency.interval[1]),
    )
    return tuple(_part(name, target, base, value, m) for name, target, base, value in rows if target is not None)


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
