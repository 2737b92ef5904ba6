"""The quantize ladder: one float model on every rung of post-training quantization, to see where accuracy breaks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from grader.challenge import Baseline, Challenge
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.evaluation import ROOM_FOR_QUANTIZED, entry_facts, infer, inspect
from grader.measure import environment, latency
from grader.measure.metric import metric
from grader.measure.sandboxed import run
from grader.report import AccuracyFacts, EntryFacts, Finding
from grader.sandbox.base import Job, Lock, Sandbox
from grader.validate import validate

SCHEMA = "karui-ladder/1"
PROCESSES = 3  # timed per rung; a grading takes at least five


class RungName(StrEnum):
    """The rungs in the order in which they are climbed."""

    FP32 = "fp32"
    DYNAMIC_INT8 = "dynamic_int8"
    STATIC_PER_TENSOR = "static_per_tensor"
    STATIC_PER_CHANNEL = "static_per_channel"
    WEIGHT_ONLY_INT4 = "weight_only_int4"


@dataclass(frozen=True, slots=True, kw_only=True)
class RungFigures:
    """What one rung measures. Accuracy and its paired drop are against the challenge's baseline, by exact arithmetic.

    latency: CPU time over the baseline's, with a wide interval, because only three processes are timed.
    """

    size_bytes: int
    memory_bytes: int
    accuracy: AccuracyFacts
    latency: float
    latency_interval: tuple[float, float]

    @property
    def breaks(self) -> bool:
        """Whether the drop is beyond the gate by more than chance explains."""
        return self.accuracy.drop_interval[0] > self.accuracy.max_drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung: its figures, or the reason why there are none."""

    name: RungName
    figures: RungFigures | None = None
    failure: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderReport:
    """Every rung of one entry on the public items. breaks_at: the first rung whose drop is beyond the gate, if any."""

    challenge: str
    challenge_version: int
    entry: EntryFacts
    rungs: tuple[Rung, ...]
    breaks_at: RungName | None = None
    environment: dict[str, str | int | float] = field(default_factory=dict)
    schema: str = SCHEMA

    def to_json(self) -> bytes:
        """UTF-8 JSON of the whole ladder."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> "LadderReport":
        """Read a stored ladder. Raises msgspec.ValidationError if it is not one of this schema."""
        return msgspec.json.decode(data, type=cls)


Climbing = Callable[[RungName, float], None]
"""Told the rung that is being tried and the fraction of the ladder that is behind."""


def silent(rung: RungName, fraction: float) -> None:
    """Report progress to nobody."""


def climb(
    entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, progress: Climbing = silent
) -> LadderReport:
    """Try a float ONNX entry on every rung. The challenge brings its public items.

    Raises EntryRejected for an entry that is not a float32 ONNX model of this challenge's interface, GraderError only
    when we failed. Limits of the challenge (parameters, size, topology) do not bind a trial.
    """
    free = replace(challenge, rules=replace(challenge.rules, formats=("onnx",), weights="float", topology="any"))
    validate(entry, free.rules.formats, free.rules.max_bytes)
    _refuse_quantized(entry, free, sandbox)
    rungs = tuple(_rungs(entry.data, free, baseline, sandbox, progress))
    return LadderReport(
        challenge=challenge.id,
        challenge_version=challenge.version,
        entry=entry_facts(entry),
        rungs=rungs,
        breaks_at=next((rung.name for rung in rungs if rung.figures is not None and rung.figures.breaks), None),
        environment=environment.describe(sandbox.backend),
    )


def _refuse_quantized(entry: Entry, challenge: Challenge, sandbox: Sandbox) -> None:
    try:
        inspect(entry.data, challenge, sandbox)
    except EntryRejected as refusal:
        if refusal.code == "weights_not_float":
            raise EntryRejected("ladder_not_float", **refusal.params) from refusal
        raise


def _rungs(
    model: bytes, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, progress: Climbing
) -> Iterator[Rung]:
    for at, name in enumerate(RungName):
        progress(name, at / len(RungName))
        yield _rung(name, model, challenge, baseline, sandbox)


def _rung(name: RungName, model: bytes, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> Rung:
    """One rung; what the model does there is a reason to go on with the next, not to stop."""
    try:
        built = model if name is RungName.FP32 else _build(name, model, challenge, sandbox)
        return Rung(name=name, figures=_figures(built, challenge, baseline, sandbox))
    except EntryRejected as refusal:
        return Rung(name=name, failure=Finding(refusal.code, refusal.params))


def _build(name: RungName, model: bytes, challenge: Challenge, sandbox: Sandbox) -> bytes:
    job = Job(
        task="grader.quantization.rungs:build",
        files={"model": model},
        tensors={"calibration": challenge.calibration},
        arguments={"rung": name},
        blob_bytes=ROOM_FOR_QUANTIZED * len(model) + 2**20,
        lock=Lock.SCRATCH,
    )
    return run(sandbox, job).blob


def _figures(model: bytes, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> RungFigures:
    facts = inspect(model, challenge, sandbox, ours=True)
    exact, kernels = infer(model, challenge, sandbox)
    labels, max_drop = challenge.evaluation.labels, challenge.targets.max_drop
    timed = latency.measure(model, kernels, challenge, sandbox, most=PROCESSES)
    return RungFigures(
        size_bytes=facts.size_bytes,
        memory_bytes=facts.memory_bytes,
        accuracy=metric(challenge.metric).facts(baseline.outputs, exact, kernels, labels, max_drop),
        latency=timed.ratio,
        latency_interval=timed.interval,
    )
