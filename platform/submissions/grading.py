"""From a queued row to a stored report: where the queue meets the grader."""

import structlog
from django.db import transaction

from accounts.models import User
from challenges.judge import judge
from challenges.registry import catalogue
from grader.report import Report
from grader.sandbox import open_sandbox
from submissions import files
from submissions.evidence import record_evidence
from submissions.models import Submission
from submissions.working import ProgressWriter, work_on

log = structlog.get_logger("karui.grading")


def grade(submission: Submission) -> None:
    """Claim, judge, store."""
    work_on(submission, run_judge, store)


def run_judge(submission: Submission) -> Report:
    """The report on a submission's entry over the hidden split. Raises GraderError."""
    spec = catalogue()[submission.challenge]
    return judge(spec, files.load(submission), "hidden", open_sandbox(), ProgressWriter(submission))


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
