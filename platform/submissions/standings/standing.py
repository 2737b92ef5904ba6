"""Which entry of somebody counts: told anew whenever one of them gets, changes or loses a result."""

from django.db import transaction

from accounts.models import User
from challenges.judge import model_spec
from challenges.kernels.spec import KernelSpec
from challenges.registry import everything
from challenges.spec import ChallengeSpec
from grader.kernels.scoring import ratio
from grader.report import Report
from grader.scoring import counted_latency, noise
from submissions.models import Submission
from submissions.standings.models import Standing


@transaction.atomic
def stand(owner_id: int, challenge: str) -> None:
    """Find out what counts of one person's entries for a challenge, and let nothing else stand.

    The person is locked, because two results at once could each miss the other one.
    """
    User.objects.select_for_update().filter(pk=owner_id).first()
    best: dict[tuple[int, str, str], Submission] = {}
    for row in Submission.objects.counting(owner_id, challenge).defer("report_json"):
        best.setdefault((row.version, row.format, row.machine), row)
    Standing.objects.filter(owner=owner_id, challenge=challenge).delete()
    Standing.objects.bulk_create(filter(None, map(standing, best.values())))


def standing(submission: Submission) -> Standing | None:
    """What a board shows of an entry. None if its challenge is gone."""
    report, spec = submission.report, everything().get(submission.challenge)
    if spec is None or report.score is None or submission.finished_at is None:
        return None
    return Standing(
        owner_id=submission.owner_id,
        submission=submission,
        challenge=submission.challenge,
        version=submission.version,
        runtime=submission.format,
        machine=submission.machine,
        points=report.score.points,
        gold=report.gold,
        result=report.result,
        at=submission.finished_at,
        **(of_kernel(report) if isinstance(spec, KernelSpec) else of_model(report, model_spec(spec))),
    )


def of_model(report: Report, spec: ChallengeSpec) -> dict[str, float]:
    """The columns that a model has."""
    measured = report.measured
    if measured is None:
        raise ValueError("a graded model was measured")
    return {
        "noise": noise(measured, spec.targets),
        "accuracy": measured.accuracy.value,
        "size_bytes": measured.inspection.size_bytes,
        "memory_bytes": measured.inspection.memory_bytes,
        "latency": counted_latency(measured, spec.targets).ratio,
    }


def of_kernel(report: Report) -> dict[str, float]:
    """A kernel is right or not graded; its cost is in cycles, which are counted without noise."""
    if report.kernel is None or report.score is None:
        raise ValueError("a graded kernel has both")
    size_bytes = report.kernel.source_bytes
    cost = ratio(report.score)
    return {"noise": 0.0, "accuracy": 1.0, "size_bytes": size_bytes, "memory_bytes": 0, "latency": cost}
