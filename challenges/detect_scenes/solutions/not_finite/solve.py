"""The baseline with one scale gone wrong: the last layer's bias is not a number."""

import numpy as np
import onnx
from onnx import numpy_helper

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    bias = next(tensor for tensor in model.graph.initializer if tensor.name == model.graph.node[-1].input[2])
    values = numpy_helper.to_array(bias).copy()
    values[0] = np.nan
    bias.CopyFrom(numpy_helper.from_array(values, bias.name))
    return model.SerializeToString()
