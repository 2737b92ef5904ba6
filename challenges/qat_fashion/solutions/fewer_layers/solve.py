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
    unused = {name for node in model.graph.node[last:pooling] for name in node.input[1:]}
    del model.graph.node[last:pooling]
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name in unused]:
        model.graph.initializer.remove(tensor)
    return write(model, quantized(model, narrow=4), ranges(model, data.calibration(CALIBRATION_ITEMS)))
