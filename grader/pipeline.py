"""Grading one entry, from bytes to report: `evaluate()`, then `time()`. The site may do them on different machines."""

from dataclasses import replace

from grader.advice import next_steps, remarks
from grader.challenge import Baseline, Challenge, Targets
from grader.devices import estimates
from grader.devices.lab import LabMissing
from grader.devices.targets import devices
from grader.diagnosis.jobs import baseline_sensitivity, diagnose
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.evaluation import Evaluated, entry_facts, examine, infer, inspect
from grader.measure import environment, latency
from grader.measure.metric import metric
from grader.report import EntryFacts, Finding, Measured, Report, Result
from grader.rules import check_timed
from grader.sandbox.base import Sandbox
from grader.scoring import is_gold, result, score
from grader.stages import Progress, Stage, Watch, silent


def grade(
    entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, progress: Progress = silent
) -> Report:
    """Grade one entry. Raises GraderError only when we failed, never for what the candidate handed in."""
    evaluated = evaluate(entry, challenge, baseline, sandbox, progress)
    return evaluated if isinstance(evaluated, Report) else time(evaluated, challenge, sandbox, progress)


def evaluate(
    entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, progress: Progress = silent
) -> Evaluated | Report:
    """Everything but the time, which any number of processes can do at once; the report if the entry is refused.

    Raises LabMissing where the challenge's latency is that of a device and there is no lab.
    """
    require_lab(challenge)
    watch = Watch(progress)
    try:
        evaluated = examine(entry, challenge, baseline, sandbox, watch)
        with watch.stage(Stage.DIAGNOSE):
            diagnosis = diagnose(entry, evaluated.model, evaluated.facts.inspection, challenge, baseline, sandbox)
        evaluated = estimated(evaluated, challenge, baseline, sandbox, watch)
    except EntryRejected as rejection:
        return _rejected(entry_facts(entry), challenge, rejection, sandbox, watch)
    described = environment.describe(sandbox.backend)
    facts = replace(evaluated.facts, diagnosis=diagnosis, environment=described, stage_wall_s=watch.wall_s)
    return replace(evaluated, facts=facts)


def require_lab(challenge: Challenge) -> None:
    """Raises LabMissing where the challenge needs a device lab and has none."""
    if challenge.targets.device and challenge.lab is None:
        raise LabMissing("device_lab_needed", device=devices()[challenge.targets.device].title)


def estimated(
    evaluated: Evaluated, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, watch: Watch
) -> Evaluated:
    """With estimates for devices, or why there are none. Raises EntryRejected where the target needs one."""
    with watch.stage(Stage.DEVICE):
        found = estimates.estimate(evaluated, challenge, baseline, sandbox)
    if found.absent and challenge.targets.device and evaluated.facts.entry.format == "onnx":
        raise EntryRejected(found.absent.code, **found.absent.params)
    return replace(evaluated, facts=replace(evaluated.facts, devices=found.devices, no_estimate=found.absent))


def time(evaluated: Evaluated, challenge: Challenge, sandbox: Sandbox, progress: Progress = silent) -> Report:
    """Time an evaluated entry and score it. Nothing else that is timed may run on the machine meanwhile."""
    watch = Watch(progress, dict(evaluated.facts.stage_wall_s))
    try:
        measured = timed(evaluated, challenge, sandbox, watch)
    except EntryRejected as rejection:
        return _rejected(evaluated.facts.entry, challenge, rejection, sandbox, watch)
    progress(Stage.SCORE, 0.0)
    return _scored(evaluated, challenge, measured, sandbox, watch)


def timed(evaluated: Evaluated, challenge: Challenge, sandbox: Sandbox, watch: Watch) -> Measured:
    """The figures with the latency. Raises EntryRejected."""
    facts = evaluated.facts
    with watch.stage(Stage.TIME):
        figures = latency.measure(
            evaluated.model, evaluated.kernels, challenge, sandbox, watch.progress, model_format=facts.entry.format
        )
        return facts.measured(figures, check_timed(figures, challenge.rules))


def measure_baseline(challenge: Challenge, sandbox: Sandbox) -> Baseline:
    """Measure the reference model with the code that measures entries. Raises GraderError."""
    facts = inspect(challenge.reference, challenge, sandbox, ours=True)
    exact, _ = infer(challenge.reference, challenge, sandbox)
    return Baseline(
        outputs=exact,
        accuracy=metric(challenge.metric).value(exact, challenge.evaluation.labels),
        size_bytes=facts.size_bytes,
        memory_bytes=facts.memory_bytes,
        sensitivity=baseline_sensitivity(challenge, sandbox),
        devices=estimates.reference_costs(challenge, facts.macs, sandbox),
    )


def _scored(evaluated: Evaluated, challenge: Challenge, measured: Measured, sandbox: Sandbox, watch: Watch) -> Report:
    facts = evaluated.facts
    points = score(measured, challenge.targets)
    verdict = result(measured, points)
    return Report(
        challenge=challenge.id,
        challenge_version=challenge.version,
        split=challenge.evaluation.split,
        entry=facts.entry,
        result=verdict,
        reasons=remarks(measured, points, verdict),
        next_steps=next_steps(measured, points, facts.diagnosis),
        gold=is_gold(measured, verdict, challenge.targets),
        measured=measured,
        score=points,
        diagnosis=facts.diagnosis,
        environment=environment.describe(sandbox.backend),
        evaluated_on=facts.environment,
        stage_wall_s=watch.wall_s,
    )


def _rejected(
    entry: EntryFacts, challenge: Challenge, rejection: EntryRejected, sandbox: Sandbox, watch: Watch
) -> Report:
    return Report(
        challenge=challenge.id,
        challenge_version=challenge.version,
        split=challenge.evaluation.split,
        entry=entry,
        result=Result.REJECTED,
        reasons=(Finding(rejection.code, rejection.params),),
        environment=environment.describe(sandbox.backend),
        stage_wall_s=watch.wall_s,
    )


def rescore(report: Report, targets: Targets) -> Report:
    """The same measurements under these targets, without running anything again."""
    if report.measured is None:
        return report
    points = score(report.measured, targets)
    verdict = result(report.measured, points)
    return replace(
        report,
        result=verdict,
        score=points,
        gold=is_gold(report.measured, verdict, targets),
        reasons=remarks(report.measured, points, verdict),
        next_steps=next_steps(report.measured, points, report.diagnosis),
    )
