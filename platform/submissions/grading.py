"""From a queued row to a stored report: where the queue meets the grader."""

import structlog
from django.db import transaction

from accounts.models import User
from challenges import judge
from challenges.registry import catalogue
from grader.evaluation import Evaluated
from grader.report import Report
from grader.sandbox import open_sandbox
from submissions import files
from submissions.evidence import record_evidence
from submissions.models import Phase, Submission
from submissions.timing_lock import alone_on_this_machine
from submissions.working import ProgressWriter, claimed, work_on

log = structlog.get_logger("karui.grading")


def evaluate_next(worker: str = "") -> Submission | None:
    """Evaluate the submission whose turn it is. Gives it back, or None if there is none."""
    if submission := claimed(Submission.objects.in_phase(Phase.EVALUATION), worker):
        work_on(submission, evaluate, hand_on)
    return submission


def time_next(worker: str = "") -> Submission | None:
    """Time the submission whose turn it is, and store its report. Gives it back, or None if there is none."""
    if submission := claimed(Submission.objects.in_phase(Phase.TIMING), worker):
        work_on(submission, time, store)
    return submission


def evaluate(submission: Submission) -> Evaluated | Report:
    """What can be found out about an entry without a clock, over the hidden split. Raises GraderError."""
    spec = catalogue()[submission.challenge]
    return judge.evaluate(spec, files.load(submission), "hidden", open_sandbox(), ProgressWriter(submission))


def time(submission: Submission) -> Report:
    """The report on an evaluated entry. Raises GraderError."""
    spec, evaluated = catalogue()[submission.challenge], Evaluated.from_bytes(files.load_evaluated(submission.pk))
    with alone_on_this_machine():
        return judge.time(spec, evaluated, "hidden", open_sandbox(), ProgressWriter(submission))


def hand_on(submission: Submission, found: Evaluated | Report) -> None:
    """Queue an evaluated entry for its timing. One that was refused has its report already."""
    if isinstance(found, Report):
        store(submission, found)
        return
    files.keep_evaluated(submission.pk, found.to_bytes())
    log.info("evaluated") if submission.hand_on() else log.warning("lease_lost_result_dropped")


def store(submission: Submission, report: Report) -> None:
    """Keep the report; but the first one whose timing was noisy is thrown away, and measured again later."""
    is_noisy = report.measured is not None and report.measured.latency.noisy
    if is_noisy and submission.retry_when_quieter():
        log.info("noisy_so_again_later")
    elif finish(submission, report):
        log.info("finished", result=report.result, points=report.score.points if report.score else None)
    else:
        log.warning("lease_lost_result_dropped")


@transaction.atomic
def finish(submission: Submission, report: Report) -> bool:
    """Store the report, and what it says of the person's skills. False if the row is no longer ours."""
    User.objects.select_for_update().filter(pk=submission.owner_id).first()  # in the order in which deletion locks
    if not submission.finish(report):
        return False
    record_evidence(submission, report)
    return True
