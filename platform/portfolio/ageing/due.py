"""Which claims are measured once more, and when."""

from collections.abc import Iterator
from itertools import islice

import structlog
from django.db.models import Exists, OuterRef

from catalog.absent import absent
from challenges.registry import everything
from grader.measure.environment import describe
from grader.runtimes.base import RUNTIMES
from grader.scoring import FORMULA
from portfolio.ageing.versions import Versions
from portfolio.claims.models import Claim
from submissions.models import Phase, Submission, Worker
from submissions.remeasurements.models import Remeasurement

AT_ONCE = 20  # so that a new runtime does not flood the queue
TOLD_BY_WORKERS = ("karui", "onnxruntime")
log = structlog.get_logger("karui.ageing")


def queue_due() -> None:
    """Queue as many as there is room for. The reaper gives each its turn."""
    today = todays_runtimes()
    Remeasurement.objects.withdraw(today, FORMULA)
    room = AT_ONCE - Remeasurement.objects.open().count()
    if room <= 0 or not workers_are_of_today():
        return
    for submission, versions in list(islice(due(today), room)):
        if Remeasurement.objects.begin(submission, versions.runtime, versions.formula):
            log.info("remeasurement_queued", submission=str(submission.pk), runtime=versions.runtime)


def todays_runtimes() -> set[str]:
    """With their versions, of all formats."""
    return {versions.runtime for versions in map(Versions.of_today, RUNTIMES) if versions}


def workers_are_of_today() -> bool:
    """Whether there are workers that grade, and all with the versions of this process: not so while a site is renewed.

    One that lags behind would measure with the old runtime what was asked for the new one, and nobody asks twice.
    """
    here = describe("")
    graders = [worker for phase in Phase for worker in Worker.objects.taking(phase)]
    told = [[worker.environment.get(name) == here[name] for name in TOLD_BY_WORKERS] for worker in graders]
    return bool(told) and all(map(all, told))


def due(today: set[str]) -> Iterator[tuple[Submission, Versions]]:
    """What everybody may see of other versions than those of today, for which nobody asked yet; the oldest first."""
    asked = Remeasurement.objects.filter(submission=OuterRef("submission"), runtime__in=today, formula=FORMULA)
    seen = Claim.objects.standing().shown().filter(owner__portfolio__is_public=True)
    claims = seen.filter(~Exists(asked), submission__file_removed_at=None)
    for claim in claims.order_by("submission__finished_at", "pk").iterator(chunk_size=50):
        versions = Versions.of_today(claim.submission.format)
        if versions and versions != Versions.of(claim.submission.report) and can_be_measured(claim.submission):
            yield claim.submission, versions


def can_be_measured(submission: Submission) -> bool:
    """Whether the challenge still asks for the same, and its data is here."""
    spec = everything()[submission.challenge]
    return spec.version == submission.version and not absent(spec)
