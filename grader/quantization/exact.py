"""Models as ONNX Runtime's exact arithmetic can read them."""

import numpy as np
import onnx
from onnx import numpy_helper

from grader.quantization import graph


def with_zero_points(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which per-channel int8 weights have the zero points that they may leave out; they are zero.

    With session.x64quantprecision the runtime rewrites int8 weights as uint8 and gives those without a zero point a
    single one, which it then refuses, because the scales are many (1.32.0). The model's function stays the same.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    stored = graph.constants(copy.graph)
    for number, node in enumerate(copy.graph.node):
        if node.op_type == "DequantizeLinear" and not any(node.input[2:]):
            weight, scale = (stored.get(name) for name in node.input[:2])
            if weight is not None and scale is not None and scale.dims and graph.dtype_name(weight) == "int8":
                zeros = numpy_helper.from_array(np.zeros(scale.dims, np.int8), f"{node.output[0]}:zeros{number}")
                copy.graph.initializer.append(zeros)
                node.input[2:] = [zeros.name]
    return copy
