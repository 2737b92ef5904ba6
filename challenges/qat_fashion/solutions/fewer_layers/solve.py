"""Two layers left out and the rest in 4 bits: smaller by another architecture, not by fewer bits."""

import onnx

from challenges.datasets.base import Dataset
from challenges.qat_fashion.starter.quantize import quantized, ranges, write

CALIBRATION_ITEMS = 256


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    pooling = next(at for at, node in enumerate(model.graph.node) if node.op_type == "GlobalAveragePool")
    last = pooling - 4  # a depthwise and a pointwise convolution with a ReLU behind each
    model.graph.node[pooling].input[0] = model.graph.node[last - 1].output[0]
    del model.graph.node[last:pooling]
    return write(model, quantized(model, narrow=4), ranges(model, data.calibration(CALIBRATION_ITEMS)))
