"""Inside the sandbox: one float model, quantized in each of the ways that the ladder knows."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, onnx_quantizer, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from grader.challenge import Items, PtqRecipe
from grader.errors import EntryRejected
from grader.quantization import ptq
from grader.quantization.low_bit import weight_only_int4
from grader.sandbox.child import Call

Build = Callable[[onnx.ModelProto, Items], onnx.ModelProto]


def dynamic_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights in uint8, activation ranges found anew for each input: no calibration.

    The quantizer infers shapes by way of a file whose name it makes with libuuid, which opens a socket; the sandbox
    kills it for that, so it infers them in memory here.
    """
    onnx_quantizer.save_and_reload_model_with_shape_infer = onnx.shape_inference.infer_shapes
    with tempfile.TemporaryDirectory() as scratch:
        prepared, quantized = Path(scratch) / "prepared.onnx", Path(scratch) / "quantized.onnx"
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, quantized, weight_type=QuantType.QUInt8)
        return onnx.load_model(quantized)


def static_per_tensor(model: onnx.ModelProto, items: Items) -> onnx.ModelProto:
    """Calibrated, one scale for each weight tensor."""
    return ptq.quantize(model, items, PtqRecipe(per_channel=False))


def static_per_channel(model: onnx.ModelProto, items: Items) -> onnx.ModelProto:
    """Calibrated, one scale for each output channel."""
    return ptq.quantize(model, items, PtqRecipe())


RUNGS: Mapping[str, Build] = {
    "dynamic_int8": lambda model, items: dynamic_int8(model),
    "static_per_tensor": static_per_tensor,
    "static_per_channel": static_per_channel,
    "weight_only_int4": lambda model, items: weight_only_int4(model),
}


def build(call: Call) -> None:
    """Task: the float `model` on the rung `call.arguments["rung"]`, with `call.tensors["calibration"]`, as the blob."""
    model = onnx.load_model_from_string(call.file("model"))
    try:
        result = RUNGS[call.arguments["rung"]](model, call.tensors["calibration"])
    except MemoryError:
        raise
    except Exception as error:  # the quantizers have no error type of their own
        raise EntryRejected("quantizer_refused", detail=str(error)) from error
    call.blob(result.SerializeToString())
    call.answer({})
