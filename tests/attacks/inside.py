"""Tasks that the attack tests run inside the cage; shown there as the module `inside`, never part of the library."""

import onnxruntime as ort

from grader.sandbox.child import Call


def run_onnx(call: Call) -> None:
    """Load the model from its bytes, feed zeros of the shapes that it asks for, run it once, answer with the shapes."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4
    session = ort.InferenceSession(call.file("model"), settings, providers=["CPUExecutionProvider"])
    outputs = session.run(None, dict(call.tensors))
    call.answer({"shapes": [list(output.shape) for output in outputs]})
