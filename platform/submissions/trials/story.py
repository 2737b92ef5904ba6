"""What the page of a trial tells, from waiting to the tables."""

from challenges.registry import catalogue
from grader.ladder import LadderReport, RungName
from grader.report import Measured, Report
from submissions.models import Submission
from submissions.story import failure, steps
from submissions.trials.charts import LadderPlot
from submissions.trials.forms import CompareForm
from submissions.trials.models import Trial, TrialStatus


def story(trial: Trial) -> dict[str, object]:
    """What there is to tell at this point."""
    spec = catalogue().get(trial.challenge)
    if trial.status == TrialStatus.DONE:
        return {"spec": spec, **told_by(trial.ladder)}
    if trial.failure_code:
        return {"spec": spec, "failure": failure(trial)}
    return {"spec": spec, "work": trial, "kind": "rung", "steps": steps(list(RungName), trial.stage)}


def told_by(ladder: LadderReport) -> dict[str, object]:
    """The rungs, and what is drawn of them."""
    return {"ladder": ladder, "plot": LadderPlot.of(ladder)}


def offers(submission: Submission, report: Report) -> dict[str, object]:
    """Which trials this entry can go into, and those that it went into."""
    measured = report.measured
    others = Submission.objects.in_other_formats(submission) if measured else Submission.objects.none()
    return {
        "can_climb": submission.format == "onnx" and measured is not None and was_float(measured),
        "comparison": CompareForm(submission) if others.exists() else None,
        "trials": Trial.objects.of(submission.owner).filter(entries__sha256=submission.sha256),
    }


def was_float(measured: Measured) -> bool:
    """Whether what was handed in holds no integer weights."""
    return measured.quantized_by == "grader" or all("float" in layer.dtype for layer in measured.inspection.layers)
