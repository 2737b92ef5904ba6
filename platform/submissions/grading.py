"""From a queued row to a stored report: where the queue meets the grader."""

from typing import Any

import structlog
from django.db import transaction

from accounts.models import User
from challenges import judge
from challenges.registry import catalogue, everything
from grader.evaluation import Evaluated
from grader.report import Report
from grader.sandbox import open_sandbox
from submissions import files
from submissions.evidence import record_evidence
from submissions.gradable import Gradable, Phase
from submissions.measurements.models import Measurement
from submissions.models import Submission
from submissions.remeasurements.models import Remeasurement
from submissions.revisions.models import Rejudgement
from submissions.standings.standing import stand
from submissions.timing_lock import alone_on_this_machine
from submissions.working import ProgressWriter, claimed, work_on

log = structlog.get_logger("karui.grading")


KINDS: tuple[Any, ...] = (Submission, Rejudgement, Remeasurement)
"""What is graded, the one first that people wait for, the one last that nobody waits for."""


def evaluate_next(worker: str = "") -> Gradable | None:
    """Evaluate whatever is next. Gives it back, or None if nothing waits."""
    if row := next_of(Phase.EVALUATION, worker):
        work_on(row, evaluate, hand_on)
    return row


def time_next(worker: str = "") -> Gradable | None:
    """Time whatever is next, and store its report. Gives it back, or None if nothing waits."""
    if row := next_of(Phase.TIMING, worker):
        work_on(row, time, store)
    return row


def next_of(phase: Phase, worker: str) -> Gradable | None:
    """Claim what is next in one queue."""
    rows = (claimed(kind.objects.in_phase(phase), worker) for kind in KINDS)
    return next(filter(None, rows), None)


def evaluate(row: Gradable) -> Evaluated | Report:
    """What can be found out about an entry without a clock, over the hidden split. Raises GraderError."""
    return judge.evaluate(everything()[row.challenge], row.entry(), "hidden", open_sandbox(), ProgressWriter(row))


def time(row: Gradable) -> Report:
    """The report on an evaluated entry. Raises GraderError."""
    spec, evaluated = catalogue()[row.challenge], Evaluated.from_bytes(files.load_evaluated(row.pk))
    with alone_on_this_machine():
        return judge.time(spec, evaluated, "hidden", open_sandbox(), ProgressWriter(row))


def hand_on(row: Gradable, found: Evaluated | Report) -> None:
    """Queue an evaluated entry for its timing. One that was refused has its report already."""
    if isinstance(found, Report):
        store(row, found)
        return
    files.keep_evaluated(row.pk, found.to_bytes())
    log.info("evaluated") if row.hand_on() else log.warning("lease_lost_result_dropped")


def store(row: Gradable, report: Report) -> None:
    """Keep the report; but the first one whose timing was noisy is thrown away, and measured again later."""
    is_noisy = report.measured is not None and report.measured.latency.noisy
    if is_noisy and row.retry_when_quieter():
        log.info("noisy_so_again_later")
    elif finish(row, report):
        log.info("finished", result=report.result, points=report.score.points if report.score else None)
    else:
        log.warning("lease_lost_result_dropped")


@transaction.atomic
def finish(row: Gradable, report: Report) -> bool:
    """Store the report, and let it count where it is a submission's result. False if the row is no longer ours."""
    User.objects.select_for_update().filter(pk=row.owner_id).first()  # in the order in which deletion locks
    if not row.finish(report):
        return False
    if row.graded:
        count(row.graded, report)
    return True


def count(submission: Submission, report: Report) -> None:
    """Let rankings, the skill map and real boards know."""
    record_evidence(submission, report)
    Measurement.objects.begin(submission, report)
    stand(submission.owner_id, submission.challenge)


def sweep_evaluated() -> None:
    """Remove what evaluations found from the storage once no timing waits for it."""
    kept = files.evaluated()
    needed = {key for kind in KINDS for key in kind.objects.open().filter(pk__in=kept).values_list("pk", flat=True)}
    files.forget_evaluated(kept - needed)
