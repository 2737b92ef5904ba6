"""Write every pointwise convolution as an Einsum, which the quantizer passes over."""

import onnx
from onnx import helper, numpy_helper

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = [part for node in model.graph.node for part in rewritten(node, stored)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def rewritten(node: onnx.NodeProto, stored: dict[str, onnx.TensorProto]) -> list[onnx.NodeProto]:
    """A pointwise convolution as Einsum and Add, any other node as it was. Reshapes the stored weights to fit."""
    if node.op_type != "Conv" or stored[node.input[1]].dims[2] > 1:
        return [node]
    x, weight, bias = node.input
    reshape(stored[weight], stored[weight].dims[:2])
    reshape(stored[bias], [-1, 1, 1])
    product = f"{node.output[0]}/product"
    return [
        helper.make_node("Einsum", [x, weight], [product], equation="bchw,oc->bohw"),
        helper.make_node("Add", [product, bias], node.output),
    ]


def reshape(tensor: onnx.TensorProto, shape: list[int]) -> None:
    """Change the shape of a stored tensor in place."""
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).reshape(shape), tensor.name))
