"""The tasks that look into an entry's layers, inside the sandbox."""

import msgspec
import onnxruntime as ort

from grader.diagnosis.flow import Flow
from grader.diagnosis.ledger import ledger
from grader.diagnosis.noise import noise_by_layer, worst
from grader.diagnosis.sensitivity import sensitivity
from grader.quantization import executed, inspection
from grader.report import Diagnosis
from grader.sandbox.child import Call


def diagnose(call: Call) -> None:
    """Task: compare `model` with `reference` layer by layer over `call.tensors["items"]`; `upload` is the file itself.

    Answers a Diagnosis; its sensitivity is the upload's own where `call.arguments["sensitivity"]` asks for it.
    """
    items, model = call.tensors["items"], inspection.parse(call.file("model"))
    noise = noise_by_layer(Flow(inspection.parse(call.file("reference"))), Flow(model), items)
    named = executed.with_unique_names(model).SerializeToString()
    run = executed.execute(named, items[:1], ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
    found = Diagnosis(
        items=len(items),
        layers=noise,
        worst=worst(noise),
        sensitivity=sensitivity(Flow(inspection.parse(call.file("upload"))), items) if _wanted(call) else (),
        ledger=ledger(call.file("upload")),
        float_fallbacks=executed.float_fallbacks(run),
        dead_qdq=executed.dead_qdq(run),
    )
    call.answer(msgspec.to_builtins(found))


def _wanted(call: Call) -> bool:
    return bool(call.arguments["sensitivity"])


def baseline_sensitivity(call: Call) -> None:
    """Task: what each layer of the float `reference` costs when it alone is quantized."""
    found = sensitivity(Flow(inspection.parse(call.file("reference"))), call.tensors["items"])
    call.answer({"layers": msgspec.to_builtins(found)})
