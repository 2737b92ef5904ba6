"""What is found out about an entry without a clock. Every machine finds the same, and many can look at once."""

import io
from dataclasses import dataclass, field

import msgspec
import numpy as np

from grader.challenge import Baseline, Challenge, Items, PtqRecipe
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.measure.metric import metric
from grader.measure.sandboxed import run
from grader.report import (
    AccuracyFacts,
    DeviceFacts,
    Diagnosis,
    EntryFacts,
    Finding,
    InspectionFacts,
    LatencyFacts,
    Measured,
    RuleFacts,
)
from grader.rules import check_inspected, check_quantized
from grader.runtimes.base import RUNTIMES, task
from grader.sandbox.base import ArraySpec, Job, Lock, Sandbox
from grader.stages import Stage, Watch
from grader.validate import validate

ROOM_FOR_REWRITTEN = 2  # a graph that repeats one stored tensor under several names gets it several times
ROOM_FOR_QUANTIZED = 4  # a quantized model is smaller than its original; this much larger is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Untimed:
    """What `grader.report.Report` and `Measured` say of an entry but for its time."""

    entry: EntryFacts
    inspection: InspectionFacts
    accuracy: AccuracyFacts
    baseline_size_bytes: int
    baseline_memory_bytes: int
    quantized_by: str
    rules: tuple[RuleFacts, ...]
    diagnosis: Diagnosis | None = None
    devices: tuple[DeviceFacts, ...] = ()
    no_estimate: Finding | None = None
    environment: dict[str, str | int | float] = field(default_factory=dict)
    stage_wall_s: dict[str, float] = field(default_factory=dict)

    def measured(self, latency: LatencyFacts, rules: tuple[RuleFacts, ...]) -> Measured:
        """All figures. rules: those that the time has proved."""
        return Measured(
            inspection=self.inspection,
            accuracy=self.accuracy,
            latency=latency,
            baseline_size_bytes=self.baseline_size_bytes,
            baseline_memory_bytes=self.baseline_memory_bytes,
            quantized_by=self.quantized_by,
            model_format=self.entry.format,
            rules=self.rules + rules,
            devices=self.devices,
            no_estimate=self.no_estimate,
        )


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An entry that waits to be timed, by this process or by another one.

    model: what ran, the entry's own bytes or what the grader made of them. exact, kernels: its outputs for the split's
    inputs, [items, ...], by exact arithmetic and by the machine's kernels.
    """

    facts: Untimed
    model: bytes = field(repr=False)
    exact: Items = field(repr=False)
    kernels: Items = field(repr=False)

    def to_bytes(self) -> bytes:
        """One .npz file. It holds answers to hidden items: keep it where nobody reads it."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            facts=np.frombuffer(msgspec.json.encode(self.facts), np.uint8),
            model=np.frombuffer(self.model, np.uint8),
            exact=self.exact,
            kernels=self.kernels,
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Evaluated":
        """Read what `to_bytes` wrote. Raises ValueError, KeyError or msgspec.MsgspecError if it is anything else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            facts = msgspec.json.decode(arrays["facts"].tobytes(), type=Untimed)
            return cls(facts, arrays["model"].tobytes(), arrays["exact"], arrays["kernels"])


def examine(entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox, watch: Watch) -> Evaluated:
    """Validate, inspect, quantize where the challenge says so, and infer. Raises EntryRejected."""
    with watch.stage(Stage.VALIDATE):
        validate(entry, challenge.rules.formats, challenge.rules.max_bytes)
        RUNTIMES[entry.extension].require()
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
    untimed = Untimed(
        entry=entry_facts(entry),
        inspection=facts,
        accuracy=accuracy,
        baseline_size_bytes=baseline.size_bytes,
        baseline_memory_bytes=baseline.memory_bytes,
        quantized_by="candidate" if challenge.recipe is None else "grader",
        rules=rules,
    )
    return Evaluated(untimed, model, exact, kernels)


def entry_facts(entry: Entry) -> EntryFacts:
    """What is known of the file before anybody reads it."""
    runtime = RUNTIMES.get(entry.extension)
    return EntryFacts(
        sha256=entry.sha256,
        format=entry.extension,
        file_bytes=len(entry.data),
        runtime=f"{runtime.name} {runtime.version()}".strip() if runtime else "",
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
    """Outputs for the split's inputs. See `answers`."""
    return answers(model, challenge.evaluation.inputs, challenge, sandbox, model_format)


def answers(
    model: bytes, inputs: Items, challenge: Challenge, sandbox: Sandbox, model_format: str = "onnx"
) -> tuple[Items, Items]:
    """Outputs for these inputs: by exact arithmetic, and by this machine's kernels. [items, ...] each.

    Raises EntryRejected if an output is NaN or infinite, before any comparison could be fooled by it.
    """
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
