"""A network of 77,000 weights in a file of 10,000 numbers: eight int8 weights in every uint64, taken apart at load.

It is the ResNet-8 of half the width that int8_fashion keeps as a cheat; nothing about it is wrong but its size.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from challenges.datasets.base import Dataset
from challenges.registry import FOLDER

LARGER = FOLDER / "int8_fashion" / "solutions" / "swapped" / "half_width.onnx"
PER_NUMBER = 8
MIDDLE = 128  # of uint8, where a weight of zero is stored


def packed(name: str, weight: np.ndarray) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    """Tensors and nodes that make the float weights of one layer, called `name`, out of uint64."""
    scale = np.abs(weight).max() / (MIDDLE - 1)
    levels = (np.rint(weight / scale) + MIDDLE).astype(np.uint8).ravel()
    numbers = np.pad(levels, (0, -levels.size % PER_NUMBER)).view(np.uint64)[:, None]
    stored = {
        "numbers": numbers,
        "shifts": np.arange(0, 64, PER_NUMBER, dtype=np.uint64),
        "flat": np.array([-1]),
        "begin": np.array([0]),
        "end": np.array([levels.size]),
        "shape": np.array(weight.shape),
        "scale": np.float32(scale),
        "middle": np.uint8(MIDDLE),
    }
    at = {key: f"{name}.{key}" for key in (*stored, "shifted", "bytes", "row", "cut", "levels")}
    nodes = [
        helper.make_node("BitShift", [at["numbers"], at["shifts"]], [at["shifted"]], direction="RIGHT"),
        helper.make_node("Cast", [at["shifted"]], [at["bytes"]], to=TensorProto.UINT8),
        helper.make_node("Reshape", [at["bytes"], at["flat"]], [at["row"]]),
        helper.make_node("Slice", [at["row"], at["begin"], at["end"]], [at["cut"]]),
        helper.make_node("Reshape", [at["cut"], at["shape"]], [at["levels"]]),
        helper.make_node("DequantizeLinear", [at["levels"], at["scale"], at["middle"]], [name]),
    ]
    return [numpy_helper.from_array(np.asarray(values), at[key]) for key, values in stored.items()], nodes


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load(LARGER)
    weights = {node.input[1] for node in model.graph.node if node.op_type in ("Conv", "Gemm")}
    layers = [tensor for tensor in model.graph.initializer if tensor.name in weights]
    for tensor in layers:
        model.graph.initializer.remove(tensor)
        tensors, nodes = packed(tensor.name, numpy_helper.to_array(tensor))
        model.graph.initializer.extend(tensors)
        for node in reversed(nodes):
            model.graph.node.insert(0, node)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()
