"""From a queued row to a stored report: where the queue meets the grader."""

import time
from contextlib import AbstractContextManager
from threading import Event, Thread
from types import TracebackType

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from challenges.judge import judge
from challenges.registry import catalogue
from grader.errors import GraderError
from grader.report import Report
from grader.sandbox import open_sandbox
from grader.stages import Stage
from submissions import files
from submissions.evidence import record_evidence
from submissions.models import OurFault, Submission

log = structlog.get_logger("karui.grading")
WRITE_EVERY_S = 0.5


def grade(submission: Submission) -> None:
    """Claim, judge, store. Returns without a trace if another worker was first or the submission was cancelled."""
    if not submission.claim():
        return
    with structlog.contextvars.bound_contextvars(submission=str(submission.pk), attempt=submission.attempt):
        log.info("claimed")
        with Lease(submission):
            conclude(submission)


def conclude(submission: Submission) -> None:
    """Judge a claimed submission and write how it ended. An error is ours: `judge` reports the candidate's."""
    try:
        report = run_judge(submission)
    except GraderError as error:
        log.exception("failed", code=error.code)
        submission.fail(error.code, error.params)
    except Exception:
        log.exception("crashed")
        submission.fail(OurFault.CRASHED, {})
    else:
        store(submission, report)


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


class ProgressWriter:
    """Writes the stage to the row: every new one at once, fractions at most twice a second."""

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.stage: Stage | None = None
        self.written_at_s = 0.0

    def __call__(self, stage: Stage, fraction: float) -> None:
        """Take note of progress."""
        if stage is self.stage and time.monotonic() - self.written_at_s < WRITE_EVERY_S:
            return
        self.stage, self.written_at_s = stage, time.monotonic()
        self.submission.show_progress(stage, fraction)


class Lease(AbstractContextManager["Lease"]):
    """Renews a submission's lease from a thread of its own, because one stage can take longer than a lease."""

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.done = Event()
        self.thread = Thread(target=self.keep, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.done.set()
        self.thread.join()

    def keep(self) -> None:
        """Renew three times a lease; a database that is away for a moment is asked again at the next turn."""
        while not self.done.wait(settings.LEASE_S / 3):
            try:
                if not self.submission.renew_lease():
                    return
            except DatabaseError:
                log.exception("lease_not_renewed")
            finally:
                connection.close()
