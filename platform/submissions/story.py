"""What the page of a submission tells, from waiting to the report."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language

from challenges.kernels.spec import KernelSpec
from challenges.registry import everything
from challenges.spec import ChallengeSpec, Spec
from grader.report import LayerFacts, Measured, NodeFacts, Report
from grader.stages import OF_KERNELS, OF_MODELS, Stage
from grader.wording import Sentence, say
from submissions.charts import AccuracyPlot, LatencyPlot, Share, shares
from submissions.diagnosed import Diagnosed
from submissions.estimated import Estimated
from submissions.measurements.shown import OnBoards
from submissions.models import Status, Submission
from submissions.waiting import wait_of
from submissions.work import OurFault, Work


def story(submission: Submission) -> dict[str, object]:
    """What there is to tell at this point."""
    spec = everything().get(submission.challenge)
    if submission.report_json:
        report = submission.report
        beside = {"revisions": submission.revisions.all(), "boards": OnBoards.of(submission, report)}
        return {"spec": spec, **beside, **told_by(report)}
    if submission.status == Status.FAILED:
        return {"spec": spec, "failure": failure(submission)}
    told: dict[str, object] = {"spec": spec, "work": submission, "steps": steps(stages(spec), submission.stage)}
    return told | {"wait": wait_of(submission)} if submission.status == Status.QUEUED else told


def stages(spec: Spec | None) -> dict[str, str]:
    """Those of a grading for this challenge, and what they are called."""
    if isinstance(spec, KernelSpec):
        return named("stage", OF_KERNELS)
    grader_quantizes = isinstance(spec, ChallengeSpec) and spec.recipe is not None
    return named("stage", (stage for stage in OF_MODELS if grader_quantizes or stage is not Stage.QUANTIZE))


def named(kind: str, names: Iterable[str]) -> dict[str, str]:
    """What things of some kind are called in the reader's language."""
    return {name: say(f"{kind}_{name}", {}, get_language() or "en").message for name in names}


def steps(names: Mapping[str, str], current: str) -> list[tuple[str, str]]:
    """What each step of some work is called, with "done", "now" or "ahead"."""
    reached = list(names).index(current) if current in names else -1
    return [
        (label, "done" if i < reached else "now" if i == reached else "ahead") for i, label in enumerate(names.values())
    ]


def failure(row: Work) -> Sentence:
    """What went wrong, in the reader's language."""
    if row.failure_code in OurFault.values:
        return Sentence(str(OurFault(row.failure_code).label))
    return say(row.failure_code, row.failure_params, get_language() or "en")


def told_by(report: Report) -> dict[str, object]:
    """The report, and what is drawn from its measurements."""
    return {
        "report": report,
        "drawn": Drawn.of(report.measured) if report.measured else None,
        "diagnosed": Diagnosed.of(report.diagnosis) if report.diagnosis else None,
        "estimated": Estimated.of(report),
    }


@dataclass(frozen=True, slots=True)
class Drawn:
    """Charts and tables of a graded report."""

    accuracy: AccuracyPlot
    latency: LatencyPlot
    bytes_by_dtype: list[Share]
    nodes_by_precision: list[Share]
    nodes_by_op: list[tuple[str, str, int]]
    overhead_bytes: int
    layers: tuple[LayerFacts, ...]

    @classmethod
    def of(cls, measured: Measured) -> "Drawn":
        """Arrange what was measured."""
        inspection = measured.inspection
        return cls(
            accuracy=AccuracyPlot.of(measured.accuracy),
            latency=LatencyPlot.of(measured.latency),
            bytes_by_dtype=shares(inspection.bytes_by_dtype),
            nodes_by_precision=shares(Counter(node.precision for node in inspection.nodes)),
            nodes_by_op=count_ops(inspection.nodes),
            overhead_bytes=inspection.size_bytes - sum(inspection.bytes_by_dtype.values()),
            layers=inspection.layers,
        )


def count_ops(nodes: tuple[NodeFacts, ...]) -> list[tuple[str, str, int]]:
    """(operator, precision, how many), the most frequent first."""
    counted = Counter((node.op, node.precision) for node in nodes)
    return [(op, precision, number) for (op, precision), number in counted.most_common()]
