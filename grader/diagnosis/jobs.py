"""Having an entry looked into, from outside the sandbox. A diagnosis that fails never costs anybody a grading."""

from dataclasses import replace

import msgspec

from grader.challenge import Baseline, Challenge
from grader.errors import GraderError
from grader.measure.sandboxed import run
from grader.report import Diagnosis, Finding, LayerSensitivity
from grader.sandbox.base import Job, Lock, Sandbox

ITEMS = 64


def diagnose(upload: bytes, model: bytes, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> Diagnosis:
    """What was found in `model`, which is the upload itself or what the grader made of it.

    Where the grader quantizes, the upload is a float model and its own sensitivity counts, not the baseline's.
    """
    own = challenge.recipe is not None
    job = Job(
        task="grader.diagnosis.inside:diagnose",
        files={"model": model, "reference": challenge.reference, "upload": upload},
        tensors={"items": challenge.calibration[:ITEMS]},
        arguments={"sensitivity": own},
        lock=Lock.SCRATCH,
    )
    try:
        found = msgspec.convert(run(sandbox, job).reply, Diagnosis)
    except GraderError as problem:
        return Diagnosis(failure=Finding(problem.code, problem.params))
    except msgspec.ValidationError:
        return Diagnosis(failure=Finding("protocol_error"))
    return replace(found, failure=None, sensitivity=found.sensitivity if own else baseline.sensitivity)


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
