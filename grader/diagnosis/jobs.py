"""Having an entry looked into, from outside the sandbox. A diagnosis that fails never costs anybody a grading."""

from dataclasses import replace

import msgspec

from grader.challenge import Baseline, Challenge
from grader.entry import Entry
from grader.errors import GraderError
from grader.measure.sandboxed import run
from grader.report import Diagnosis, Finding, InspectionFacts, LayerSensitivity, Ledger
from grader.sandbox.base import Job, Lock, Sandbox

ITEMS = 64


def diagnose(
    entry: Entry, model: bytes, facts: InspectionFacts, challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> Diagnosis:
    """What was found in `model`, which is the entry itself or what the grader made of it. Of other formats than ONNX
    only the account of bytes is known, from `facts`, and the baseline's sensitivity.

    Where the grader quantizes, the entry is a float model and its own sensitivity counts, not the baseline's.
    """
    own = challenge.recipe is not None
    known = Diagnosis(ledger=None if own else account(facts, entry), sensitivity=baseline.sensitivity)
    if entry.extension != "onnx":
        return replace(known, failure=Finding("layers_unread", {"format": entry.extension}))
    job = Job(
        task="grader.diagnosis.inside:diagnose",
        files={"model": model, "reference": challenge.reference, "upload": entry.data},
        tensors={"items": challenge.calibration[:ITEMS]},
        arguments={"sensitivity": own},
        lock=Lock.SCRATCH,
    )
    try:
        found = msgspec.convert(run(sandbox, job).reply, Diagnosis)
    except GraderError as problem:
        return replace(known, failure=_reason(problem))
    except msgspec.ValidationError:
        return replace(known, failure=Finding("protocol_error"))
    return replace(found, failure=None, sensitivity=found.sensitivity if own else baseline.sensitivity)


def _reason(problem: GraderError) -> Finding:
    """Why there is no more. A graph that was graded and then defeats the diagnosis is our gap, not a broken model."""
    return Finding("layers_unknown" if problem.code == "invalid_model" else problem.code, problem.params)


def account(facts: InspectionFacts, entry: Entry) -> Ledger:
    """The account of a file of any format. What its canonical form does without is metadata."""
    tensors, metadata_bytes = sum(facts.bytes_by_dtype.values()), max(len(entry.data) - facts.size_bytes, 0)
    return Ledger(
        file_bytes=len(entry.data),
        tensor_bytes=facts.bytes_by_dtype,
        duplicate_bytes=0,
        metadata_bytes=metadata_bytes,
        structure_bytes=len(entry.data) - tensors - metadata_bytes,
    )


def baseline_sensitivity(challenge: Challenge, sandbox: Sandbox) -> tuple[LayerSensitivity, ...]:
    """What each layer of the reference loses when it alone is quantized; nothing where that could not be found out."""
    job = Job(
        task="grader.diagnosis.inside:baseline_sensitivity",
        files={"reference": challenge.reference},
        tensors={"items": challenge.calibration[:ITEMS]},
    )
    try:
        return msgspec.convert(run(sandbox, job).reply["layers"], tuple[LayerSensitivity, ...])
    except GraderError:
        return ()
