"""What a graded submission says of a person's skills: the strongest evidence there is."""

from challenges.registry import everything
from grader.report import Report, Result
from skills.models import Evidence, Kind
from submissions.models import Submission

LEVELS = {Result.PASSED: 2, Result.PARTIAL: 1}
"""The gate and every target: works independently. The gate and some targets: can do it. Anything less says nothing."""


def record_evidence(submission: Submission, report: Report) -> None:
    """Note it for every skill that the challenge names, in place of what an earlier grading of it said.

    Nothing is noted of an entry that is disqualified.
    """
    withdraw_evidence(submission)
    level, spec = LEVELS.get(report.result), everything().get(submission.challenge)
    if level is None or spec is None or submission.disqualified:
        return
    Evidence.objects.record(
        Evidence(
            owner_id=submission.owner_id,
            skill=skill,
            kind=Kind.MEASURED,
            level=level,
            source=source_of(submission),
        )
        for skill in spec.skills
    )


def withdraw_evidence(submission: Submission) -> None:
    """Let it say nothing any more."""
    Evidence.objects.filter(owner=submission.owner_id, source=source_of(submission)).delete()


def source_of(submission: Submission) -> str:
    """Where it can be seen."""
    return f"submissions/{submission.pk}"
