"""The card of a challenge: what the untouched model measures here, and what is asked for."""

from dataclasses import dataclass
from functools import cache as kept

import structlog
from django.core.cache import cache

from challenges.judge import kept_baseline
from challenges.registry import catalogue, load
from grader.challenge import Baseline, Target, Targets
from grader.devices.targets import devices
from grader.errors import GraderError

log = structlog.get_logger("karui.catalog")
REMEMBERED_S = 30
LATENCY_OF_REFERENCE = 1.0  # latency is a ratio to the baseline itself


@dataclass(frozen=True, slots=True)
class Row:
    """One target. `baseline` is None where it was not measured, `gold` where gold asks for nothing beyond passing.

    device: on which latency is estimated, by its title; "" where it is measured.
    """

    name: str
    baseline: float | None
    par: float
    gold: float | None
    weight: float
    device: str = ""


def rows(targets: Targets, measured: Baseline | None) -> list[Row]:
    """The targets that a challenge sets, each beside what its baseline measures."""
    untouched: dict[str, float | None] = {
        "size": measured.size_bytes if measured else None,
        "memory": measured.memory_bytes if measured else None,
        "latency": LATENCY_OF_REFERENCE,
    }
    given = {name: getattr(targets, name) for name in untouched}
    return [
        Row(name, untouched[name], target.par, getattr(targets.gold, name, None), target.weight, title(target))
        for name, target in given.items()
        if target
    ]


def title(target: Target) -> str:
    """What the device is called on which a target is estimated."""
    return devices()[target.device].title if target.device else ""


class NotMeasured(LookupError):
    """Nobody has measured this baseline here: set-up does it, and so does the first grading."""


def measured_baseline(challenge_id: str) -> Baseline | None:
    """What the baseline measured over the hidden split. None where it was not measured: a page waits for nothing.

    That it was not is remembered for a moment, because to find it out takes longer than all else on a page.
    """
    absent = f"baseline-not-measured-{challenge_id}"
    if cache.get(absent):
        return None
    try:
        return _measured(challenge_id)
    except NotMeasured:
        cache.set(absent, True, REMEMBERED_S)
    except GraderError as error:
        log.warning("baseline_not_measured", challenge=challenge_id, code=error.code)
        cache.set(absent, True, REMEMBERED_S)
    return None


@kept  # a failure is not
def _measured(challenge_id: str) -> Baseline:
    spec = catalogue()[challenge_id]
    kept = kept_baseline(load(spec, "hidden"))
    if kept is None:
        raise NotMeasured(challenge_id)
    return kept
