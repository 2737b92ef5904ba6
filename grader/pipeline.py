"""Grading one entry, from bytes to report. `grade()` is the whole story."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from grader.advice import next_steps, remarks
from grader.challenge import Baseline, Challenge, Items, PtqRecipe, Targets
from grader.diagnosis.jobs import baseline_sensitivity, diagnose
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.measure import environment, latency
from grader.measure.metric import metric
from grader.measure.sandboxed import run
from grader.report import Diagnosis, EntryFacts, Finding, InspectionFacts, Measured, Report, Result
from grader.rules import check_inspected, check_quantized, check_timed
from grader.runtimes.base import RUNTIMES, task
from grader.sandbox.base import ArraySpec, Job, Lock, Sandbox
from grader.scoring import is_gold, result, score
from grader.stages import Progress, Stage, silent
from grader.validate import validate

ROOM_FOR_REWRITTEN = 2  # a graph that repeats one stored tensor under several names gets it several times
ROOM_FOR_QUANTIZED = 4  # a quantized model is smaller than its original; this much larger is refused


@dataclass(slots=True)
class Watch:
    """Tells the stage that begins, and keeps how long each one took."""

    progress: Progress
    wall_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time the body as one stage."""
        self.progress(stage, 0.0)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.wall_s[stage] = time.perf_counter() - begun


def grade(
    entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, progress: Progress = silent
) -> Report:
    """Grade one entry. Raises GraderError only when we failed, never for what the candidate handed in."""
    watch = Watch(progress)
    try:
        with watch.stage(Stage.VALIDATE):
            validate(entry, challenge.rules)
            RUNTIMES[entry.extension].require()
        found = measure(entry, challenge, baseline, sandbox, watch)
    except EntryRejected as rejection:
        return _rejected(entry, challenge, rejection, sandbox, watch)
    with watch.stage(Stage.DIAGNOSE):
        diagnosis = diagnose(entry, found.model, found.measured.inspection, challenge, baseline, sandbox)
    progress(Stage.SCORE, 0.0)
    return _scored(entry, challenge, found.measured, diagnosis, sandbox, watch)


@dataclass(frozen=True, slots=True)
class Found:
    """What measuring an entry gave. model: what ran, the entry's own bytes or what the grader made of them.

    outputs: [items, ...], by exact arithmetic.
    """

    measured: Measured
    model: bytes = field(repr=False)
    outputs: Items = field(repr=False)


def measure(entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, watch: Watch) -> Found:
    """Inspect, quantize where the challenge says so, infer and time. Raises EntryRejected."""
    with watch.stage(Stage.INSPECT):
        facts, model = read(entry.extension, entry.data, challenge, sandbox)
        rules = check_inspected(facts, challenge.rules, baseline)
    if challenge.recipe is not None:
        with watch.stage(Stage.QUANTIZE):
            model = quantize(entry.data, challenge, challenge.recipe, sandbox)
            facts = inspect(model, challenge, sandbox, ours=True)
            check_quantized(facts)
    with watch.stage(Stage.INFER):
        exact, kernels = infer(model, challenge, sandbox, entry.extension)
        accuracy = metric(challenge.metric).facts(
            baseline.outputs, exact, kernels, challenge.evaluation.labels, challenge.targets.max_drop
        )
    with watch.stage(Stage.TIME):
        timed = latency.measure(model, kernels, challenge, sandbox, watch.progress, model_format=entry.extension)
        rules += check_timed(timed, challenge.rules)
    measured = Measured(
        inspection=facts,
        accuracy=accuracy,
        latency=timed,
        baseline_size_bytes=baseline.size_bytes,
        baseline_memory_bytes=baseline.memory_bytes,
        quantized_by="candidate" if challenge.recipe is None else "grader",
        model_format=entry.extension,
        rules=rules,
    )
    return Found(measured, model, exact)


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
    )


def inspect(model: bytes, challenge: Challenge, sandbox: Sandbox, *, ours: bool = False) -> InspectionFacts:
    """What is inside an ONNX model. The rules about weights and topology do not bind `ours`."""
    return read("onnx", model, challenge, sandbox, ours=ours)[0]


def read(
    model_format: str, model: bytes, challenge: Challenge, sandbox: Sandbox, *, ours: bool = False
) -> tuple[InspectionFacts, bytes]:
    """What is inside a model, read in the sandbox, and the file to run: the model, or what was taken from a program."""
    job = Job(
        task=task(model_format, "inspect"),
        files={"model": model, "reference": challenge.reference},
        arguments={
            "input": msgspec.to_builtins(challenge.rules.input),
            "output": msgspec.to_builtins(challenge.rules.output),
            "weights": "any" if ours else challenge.rules.weights,
            "topology": "any" if ours else challenge.rules.topology,
        },
        blob_bytes=ROOM_FOR_REWRITTEN * len(model) + 2**20 if RUNTIMES[model_format].program else 0,
        lock=Lock.SCRATCH,
    )
    outcome = run(sandbox, job)
    return msgspec.convert(outcome.reply, InspectionFacts), outcome.blob or model


def quantize(model: bytes, challenge: Challenge, recipe: PtqRecipe, sandbox: Sandbox) -> bytes:
    """The model after the challenge's own post-training quantization, done in the sandbox."""
    job = Job(
        task="grader.quantization.ptq:run",
        files={"model": model},
        tensors={"calibration": challenge.calibration[: recipe.calibration_items]},
        arguments={"recipe": msgspec.to_builtins(recipe)},
        blob_bytes=ROOM_FOR_QUANTIZED * len(model) + 2**20,
        lock=Lock.SCRATCH,
    )
    return run(sandbox, job).blob


def infer(model: bytes, challenge: Challenge, sandbox: Sandbox, model_format: str = "onnx") -> tuple[Items, Items]:
    """Outputs for the split's inputs: by exact arithmetic, and by this machine's kernels. [items, ...] each.

    Raises EntryRejected if an output is NaN or infinite, before any comparison could be fooled by it.
    """
    inputs = challenge.evaluation.inputs
    spec = ArraySpec(challenge.rules.output.dtype, challenge.rules.output.batched(len(inputs)))
    job = Job(
        task=task(model_format, "infer"),
        files={"model": model},
        tensors={"inputs": inputs},
        **RUNTIMES[model_format].caged(),
        outputs={"exact": spec, "kernels": spec},
    )
    arrays = run(sandbox, job).arrays
    return finite(arrays["exact"]), finite(arrays["kernels"])


def finite(outputs: Items) -> Items:
    """The outputs, [items, ...], if every number in them is one. Raises EntryRejected otherwise."""
    good = np.isfinite(outputs).all(axis=tuple(range(1, outputs.ndim)))
    if not good.all():
        raise EntryRejected("output_not_finite", items=int((~good).sum()), total=len(outputs))
    return outputs


def _scored(
    entry: Entry, challenge: Challenge, measured: Measured, diagnosis: Diagnosis, sandbox: Sandbox, watch: Watch
) -> Report:
    points = score(measured, challenge.targets)
    verdict = result(measured, points)
    return Report(
        challenge=challenge.id,
        challenge_version=challenge.version,
        split=challenge.evaluation.split,
        entry=entry_facts(entry),
        result=verdict,
        reasons=remarks(measured, points, verdict),
        next_steps=next_steps(measured, points, diagnosis),
        gold=is_gold(measured, verdict, challenge.targets.gold),
        measured=measured,
        score=points,
        diagnosis=diagnosis,
        environment=environment.describe(sandbox.backend),
        stage_wall_s=watch.wall_s,
    )


def _rejected(entry: Entry, challenge: Challenge, rejection: EntryRejected, sandbox: Sandbox, watch: Watch) -> Report:
    return Report(
        challenge=challenge.id,
        challenge_version=challenge.version,
        split=challenge.evaluation.split,
        entry=entry_facts(entry),
        result=Result.REJECTED,
        reasons=(Finding(rejection.code, rejection.params),),
        environment=environment.describe(sandbox.backend),
        stage_wall_s=watch.wall_s,
    )


def entry_facts(entry: Entry) -> EntryFacts:
    """What is known of the file before anybody reads it."""
    runtime = RUNTIMES.get(entry.extension)
    return EntryFacts(
        sha256=entry.sha256,
        format=entry.extension,
        file_bytes=len(entry.data),
        runtime=f"{runtime.name} {runtime.version()}".strip() if runtime else "",
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
        gold=is_gold(report.measured, verdict, targets.gold),
        reasons=remarks(report.measured, points, verdict),
        next_steps=next_steps(report.measured, points, report.diagnosis),
    )
