"""What a graded submission says of a person's skills: the strongest evidence there is."""

from challenges.registry import catalogue
from grader.report import Report, Result
from skills.models import Evidence, Kind
from submissions.models import Submission

LEVELS = {Result.PASSED: 2, Result.PARTIAL: 1}
"""The gate and every target: works independently. The gate and some targets: can do it. Anything less says nothing."""


def record_evidence(submission: Submission, report: Report) -> None:
    """Note it for every skill that the challenge names."""
    level, spec = LEVELS.get(report.result), catalogue().get(submission.challenge)
    if level is None or spec is None:
        return
    Evidence.objects.record(
        Evidence(
            owner_id=submission.owner_id,
            skill=skill,
            kind=Kind.MEASURED,
            level=level,
            source=f"submissions/{submission.pk}",
        )
        for skill in spec.skills
    )
