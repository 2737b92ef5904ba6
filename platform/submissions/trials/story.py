"""What the page of a trial tells, from waiting to the tables."""

from catalog.absent import absent
from challenges.registry import catalogue
from grader.ladder import RungName
from grader.report import Measured, Report
from submissions.models import Submission
from submissions.story import failure, named, steps
from submissions.trials.charts import LadderPlot
from submissions.trials.forms import OTHERS
from submissions.trials.models import Kind, Trial, TrialStatus

OFFERED = 12  # entries to compare with
SHOWN = 10  # earlier trials


def story(trial: Trial) -> dict[str, object]:
    """What there is to tell at this point."""
    spec = catalogue().get(trial.challenge)
    if trial.status == TrialStatus.DONE:
        return {"spec": spec, **TOLD[Kind(trial.kind)](trial)}
    if trial.failure_code:
        return {"spec": spec, "failure": failure(trial)}
    return {"spec": spec, "work": trial, "steps": steps(parts(trial), trial.stage)}


def parts(trial: Trial) -> dict[str, str]:
    """What is tried one after the other: rungs, or models by their position."""
    if trial.kind == Kind.LADDER:
        return named("rung", RungName)
    return {str(at): entry.file_name for at, entry in enumerate(trial.entries.all())}


def told_by_ladder(trial: Trial) -> dict[str, object]:
    """The rungs, and what is drawn of them."""
    return {"ladder": trial.ladder, "plot": LadderPlot.of(trial.ladder)}


def told_by_parity(trial: Trial) -> dict[str, object]:
    """The models side by side, and how alike each pair answers."""
    report = trial.parity
    pairs = [(pair, report.entries[pair.first], report.entries[pair.second]) for pair in report.pairs]
    return {"parity": report, "pairs": pairs}


TOLD = {Kind.LADDER: told_by_ladder, Kind.PARITY: told_by_parity}


def offers(submission: Submission, report: Report) -> dict[str, object]:
    """Which trials this entry can go into, and the last ones that it went into."""
    spec = catalogue().get(submission.challenge)
    measured = report.measured if spec and not absent(spec) else None
    return {
        "can_climb": measured is not None and submission.format == "onnx" and was_float(measured),
        "others": Submission.objects.in_other_formats(submission)[:OFFERED] if measured else (),
        "most_others": OTHERS,
        "trials": Trial.objects.with_model(submission.owner, submission.challenge, submission.sha256)[:SHOWN],
    }


def was_float(measured: Measured) -> bool:
    """Whether what was handed in holds no integer weights."""
    return measured.quantized_by == "grader" or all("float" in layer.dtype for layer in measured.inspection.layers)
