"""Tasks that the attack tests run inside the cage; shown there as the module `inside`, never part of the library."""

from pathlib import Path

import onnxruntime as ort

from grader.sandbox.child import Call


def run_onnx(call: Call) -> None:
    """Load the model from its bytes, run it once on the tensors, answer with the shapes of what came out."""
    outputs = _load(call.file("model")).run(None, dict(call.tensors))
    call.answer({"shapes": [list(output.shape) for output in outputs]})


def infer_onnx(call: Call) -> None:
    """Run the model once and fill the output "y"."""
    call.outputs["y"][...] = _load(call.file("model")).run(None, dict(call.tensors))[0]


def load_by_path(call: Call) -> None:
    """Load the model from a file of our own /tmp."""
    Path("/tmp/model.onnx").write_bytes(call.file("model"))
    _load("/tmp/model.onnx")


def _load(model: bytes | str) -> ort.InferenceSession:
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4
    return ort.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
