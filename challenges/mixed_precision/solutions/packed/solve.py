"""The largest layer as bytes with two weights in each, which the graph takes apart by divisions."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from challenges.datasets.base import Dataset
from challenges.mixed_precision.solutions.reference.solve import Network, along


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    network = Network(onnx.load_model_from_string(baseline))
    largest = max(network.weights, key=lambda name: network.weights[name].size)
    levels, scale = network.rounded[largest, 4]
    model = network.quantized(dict.fromkeys(network.weights, 4))
    both = (levels + 8).astype(np.uint8).reshape(-1, 2)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    stored[largest].CopyFrom(numpy_helper.from_array(both[:, 0] * np.uint8(16) + both[:, 1], largest))
    constants = {"sixteen": np.uint8(16), "eight": np.float32(8), "one": np.array([1]), "shape": np.array(levels.shape)}
    constants |= {"scale": along(scale, levels)}
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    )
    old = next(node for node in model.graph.node if node.op_type == "DequantizeLinear" and node.input[0] == largest)
    weight = old.output[0]
    model.graph.node.remove(old)
    for node in reversed(unpacking(largest, weight)):
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def unpacking(stored: str, weight: str) -> list[onnx.NodeProto]:
    """High and low half of every byte, side by side, in the shape of the weights."""
    return [
        helper.make_node("Div", [stored, "sixteen"], ["high"]),
        helper.make_node("Mod", [stored, "sixteen"], ["low"]),
        helper.make_node("Unsqueeze", ["high", "one"], ["high1"]),
        helper.make_node("Unsqueeze", ["low", "one"], ["low1"]),
        helper.make_node("Concat", ["high1", "low1"], ["pairs"], axis=1),
        helper.make_node("Cast", ["pairs"], ["levels"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Sub", ["levels", "eight"], ["centred"]),
        helper.make_node("Reshape", ["centred", "shape"], ["shaped"]),
        helper.make_node("Mul", ["shaped", "scale"], [weight]),
    ]
