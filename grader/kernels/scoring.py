"""The formula "karui-kernel-1": from cycles to points. A pure function, so that points can be recomputed."""

import math
from collections.abc import Iterable

from grader.kernels.challenge import KernelTarget
from grader.kernels.facts import KernelOnDevice
from grader.report import Result, ScoreFacts, ScorePart
from grader.scoring import progress

FORMULA = "karui-kernel-1"


def score(measured: Iterable[KernelOnDevice], targets: Iterable[KernelTarget]) -> ScoreFacts:
    """score = 100 · Σ w·p, p = clip(ln(B/x) / ln(B/T), 0, 1.2): the scalar reference has 0, all pars 100."""
    parts = tuple(_part(on, target) for on, target in zip(measured, targets, strict=True))
    return ScoreFacts(formula=FORMULA, points=sum(part.points for part in parts), multiplier=1.0, parts=parts)


def result(scored: ScoreFacts) -> Result:
    """Whether every par was met; that the kernel is right was settled before."""
    return Result.PASSED if all(part.met for part in scored.parts) else Result.PARTIAL


def is_gold(measured: Iterable[KernelOnDevice], targets: Iterable[KernelTarget]) -> bool:
    """Whether it holds every figure for gold."""
    pairs = zip(measured, targets, strict=True)
    return all(target.gold is not None and on.cycles <= target.gold for on, target in pairs)


def ratio(scored: ScoreFacts) -> float:
    """Cycles over the scalar reference's: the mean of the devices by their weights, geometric."""
    return math.exp(sum(part.weight * math.log(part.measured / part.baseline) for part in scored.parts))


def _part(on: KernelOnDevice, target: KernelTarget) -> ScorePart:
    p = progress(on.scalar_cycles, target.par, on.cycles)
    return ScorePart(
        name=target.device.name,
        weight=target.weight,
        baseline=on.scalar_cycles,
        par=target.par,
        measured=on.cycles,
        progress=p,
        points=100 * target.weight * p,
        met=on.cycles <= target.par,
    )
