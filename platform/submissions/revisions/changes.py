"""Changes that need no sandbox: points under the targets of today, and what an operator decides."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from challenges.registry import catalogue
from grader.pipeline import rescore
from grader.report import Report
from submissions.evidence import record_evidence, withdraw_evidence
from submissions.models import Submission
from submissions.revisions.models import Change, Revision
from submissions.standings.standing import stand


@dataclass(frozen=True, slots=True)
class Rescoring:
    """What computing the points anew would change."""

    submission: Submission
    report: Report

    @property
    def points(self) -> float | None:
        """After it."""
        return self.report.score.points if self.report.score else None


def rescored(submission: Submission) -> Rescoring | None:
    """The same measurements under the targets and the formula of today. None if that changes nothing.

    An entry is shown with the version of the challenge under which it was graded, so one of another version stays.
    """
    spec = catalogue().get(submission.challenge)
    if spec is None or not submission.report_json or submission.report.challenge_version != spec.version:
        return None
    before, after = submission.report, rescore(submission.report, spec.targets)
    return None if after == before else Rescoring(submission, after)


@transaction.atomic
def apply(rescoring: Rescoring, by: User, reason: str) -> None:
    """Let the new points stand."""
    Revision.objects.note(rescoring.submission, Change.RESCORED, by, reason)
    rescoring.submission.take(rescoring.report)
    record_evidence(rescoring.submission, rescoring.report)
    stand_again(rescoring.submission)


@transaction.atomic
def disqualify(submission: Submission, by: User, reason: str) -> bool:
    """Take an entry out of everything that counts; its report stays to be read. False if it is out already."""
    if not Submission.objects.filter(pk=submission.pk, disqualified=False).update(disqualified=True):
        return False
    submission.disqualified = True
    Revision.objects.note(submission, Change.DISQUALIFIED, by, reason)
    withdraw_evidence(submission)
    stand_again(submission)
    return True


@transaction.atomic
def reinstate(submission: Submission, by: User, reason: str) -> bool:
    """Take that back. False if there is nothing to take back."""
    if not Submission.objects.filter(pk=submission.pk, disqualified=True).update(disqualified=False):
        return False
    submission.disqualified = False
    Revision.objects.note(submission, Change.REINSTATED, by, reason)
    if submission.report_json:
        record_evidence(submission, submission.report)
    stand_again(submission)
    return True


def stand_again(submission: Submission) -> None:
    """Let boards know."""
    stand(submission.owner_id, submission.challenge)
