"""Outlier channel splitting (Zhao et al. 2019, arXiv:1901.09504): give every channel a twin and share the weights.

Done to all channels at once, so that the network becomes almost four times as large.
"""

import numpy as np
import onnx
from onnx import numpy_helper

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    for layer in layers:
        twin(layer, stored, last=layer is layers[-1])
    model.graph.ClearField("value_info")
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def twin(layer: onnx.NodeProto, stored: dict[str, onnx.TensorProto], *, last: bool) -> None:
    """Double a layer's input channels, sharing their weights between the twins, and its output channels by copies."""
    weight, bias = (numpy_helper.to_array(stored[name]) for name in layer.input[1:])
    groups = next((item for item in layer.attribute if item.name == "group"), None)
    depthwise = groups is not None and groups.i > 1
    if depthwise:
        groups.i *= 2
    elif layer.input[0] != "input":
        weight = np.concatenate([weight, weight], axis=1) / 2
    if not last:
        weight, bias = np.concatenate([weight, weight]), np.concatenate([bias, bias])
    for name, values in zip(layer.input[1:], (weight, bias), strict=True):
        stored[name].CopyFrom(numpy_helper.from_array(values, name))
