"""The naive way: 2 bits for the pointwise layers by post-training quantization, with the best ranges there are."""

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from challenges.datasets.base import Dataset
from challenges.qat_fashion.qdq import Range, Weights, write
from grader.challenge import Float32

CALIBRATION_ITEMS = 256
SHRINK = np.linspace(0.2, 1, 41)  # candidates for the clipping range, as parts of the largest weight


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    return write(model, quantized(model), ranges(model, data.calibration(CALIBRATION_ITEMS)))


def quantized(model: onnx.ModelProto, narrow: int = 2) -> dict[str, Weights]:
    """Every layer with 8 bits, the pointwise ones with `narrow`."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    layers = [node.input for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    return {name: rounded(stored[name], stored[bias], width(stored[name], narrow)) for _, name, bias in layers}


def width(weight: Float32, narrow: int) -> int:
    """Bits for one layer: depthwise layers, stem and head are few weights, and 8 bits of them cost little."""
    return narrow if weight.shape[1:] != (1, 3, 3) and weight.ndim == 4 else 8


def rounded(weight: Float32, bias: Float32, bits: int) -> Weights:
    """One scale for each output channel: of all clipping ranges that of the least squared error."""
    top = 2 ** (bits - 1) - 1
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    scales = (SHRINK[:, None] * largest / top).astype(np.float32)
    errors = [np.square(levels(weight, scale, top) * along(scale, weight) - weight) for scale in scales]
    best = np.argmin([error.reshape(len(weight), -1).sum(axis=1) for error in errors], axis=0)
    scale = scales[best, np.arange(len(weight))]
    return Weights(levels(weight, scale, top).astype(np.int8), scale, bias, bits)


def levels(weight: Float32, scale: Float32, top: int) -> Float32:
    """Whole numbers from -top - 1 to top."""
    return np.clip(np.rint(weight / along(scale, weight)), -top - 1, top)


def along(scale: Float32, weight: Float32) -> Float32:
    """`scale` in a shape that multiplies output channels."""
    return scale.reshape(-1, *[1] * (weight.ndim - 1))


def ranges(model: onnx.ModelProto, images: Float32) -> dict[str, Range]:
    """The range of the input and of every value that a ReLU or the pooling writes, from minimum to maximum."""
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    watched = [node.output[0] for node in model.graph.node if node.op_type in ("Relu", "GlobalAveragePool")]
    probed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in watched)
    session = ort.InferenceSession(probed.SerializeToString(), providers=["CPUExecutionProvider"])
    found = dict(zip(watched, session.run(watched, {"input": images}), strict=True))
    lowest, highest = float(images.min()), float(images.max())
    step = (highest - lowest) / 255
    return {"input": Range(step, round(-lowest / step))} | {
        name: Range(float(values.max()) / 255) for name, values in found.items()
    }
