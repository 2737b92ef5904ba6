"""How many come before somebody who waits, and how long that takes, by what earlier gradings took."""

import math
from dataclasses import dataclass
from itertools import takewhile
from statistics import median

from django.core.cache import cache

from submissions.models import Phase, Status, Submission, Worker

LAST = 20  # gradings that say what one takes
KEPT_S = 60


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one submission in its line. minutes: until its turn; None if no worker lives or nothing was measured yet."""

    ahead: int
    minutes: int | None

    @property
    def place(self) -> int:
        """Counted from one."""
        return self.ahead + 1


def wait_of(submission: Submission) -> Wait:
    """How a queued submission stands."""
    line, phase = Submission.objects.in_phase(Phase(submission.phase)), Phase(submission.phase)
    order = line.waiting().values_list("pk", "challenge")
    before = [challenge for _, challenge in takewhile(lambda row: row[0] != submission.pk, order)]
    running = list(line.filter(status=Status.RUNNING).values_list("challenge", flat=True))
    slots = sum(worker.slots for worker in Worker.objects.taking(phase))
    took = [typical_s(phase, challenge) for challenge in (*before, *running)]
    known = [seconds for seconds in took if seconds is not None]
    if not slots or len(known) < len(took):
        return Wait(len(before), None)
    return Wait(len(before), math.ceil(sum(known) / slots / 60))


def typical_s(phase: Phase, challenge: str) -> float | None:
    """What one phase of a grading for this challenge takes, by the median of the last ones; None before the first."""
    return cache.get_or_set(f"typical-{phase}-{challenge}", lambda: _typical_s(phase, challenge), KEPT_S)


def _typical_s(phase: Phase, challenge: str) -> float | None:
    took = "evaluation_s" if phase == Phase.EVALUATION else "timing_s"
    rows = Submission.objects.filter(challenge=challenge, **{f"{took}__isnull": False}).order_by("-finished_at")
    last = rows.values_list(took, flat=True)[:LAST]
    return median(last) if last else None
