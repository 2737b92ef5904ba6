"""The swapped network without a single convolution: each becomes products with its nine taps, summed over channels."""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from challenges.datasets.base import Dataset

FOREIGN = Path(__file__).parents[1] / "swapped" / "half_width.onnx"


class Rewriter:
    """Collects the nodes and constants of the new graph."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray) -> str:
        """Store an array and give its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: int | list[int]) -> str:
        """Append a node and give its output's name."""
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def convolution(self, conv: onnx.NodeProto) -> None:
        """y[o] = bias[o] + sum over taps and channels c of x[c] moved by the tap, times weight[o, c, tap]."""
        weight, bias = self.weights[conv.input[1]], self.weights[conv.input[2]]
        attributes = {item.name: helper.get_attribute_value(item) for item in conv.attribute}
        edge, stride, size = attributes["pads"][0], attributes["strides"][0], weight.shape[2]
        padded = self.node("Pad", conv.input[0], self.constant(np.array([0, 0, edge, edge] * 2)))
        spread = self.node("Unsqueeze", padded, self.constant(np.array([1])))
        taps = [
            self.node(
                "Mul",
                self.moved(spread, row, column, size, stride),
                self.constant(weight[None, ..., row, column, None, None]),
            )
            for row in range(size)
            for column in range(size)
        ]
        total = self.node("Sum", *taps)
        summed = self.node("ReduceSum", total, self.constant(np.array([2])), keepdims=0)
        self.node("Add", summed, self.constant(bias[:, None, None]), output=conv.output[0])

    def moved(self, x: str, row: int, column: int, size: int, stride: int) -> str:
        """Every `stride`-th pixel from (row, column) on, as many as the convolution has outputs."""
        ends = [row - size + 1 or 2**31, column - size + 1 or 2**31]
        bounds = ([row, column], ends, [3, 4], [stride, stride])
        return self.node("Slice", x, *(self.constant(np.array(bound)) for bound in bounds))

    def head(self, gemm: onnx.NodeProto) -> None:
        """The last layer in the same manner."""
        weight, bias = self.weights[gemm.input[1]], self.weights[gemm.input[2]]
        spread = self.node("Unsqueeze", gemm.input[0], self.constant(np.array([1])))
        product = self.node("Mul", spread, self.constant(weight))
        summed = self.node("ReduceSum", product, self.constant(np.array([2])), keepdims=0)
        self.node("Add", summed, self.constant(bias), output=gemm.output[0])


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load(FOREIGN)
    rewriter = Rewriter(model.graph)
    rewrite = {"Conv": rewriter.convolution, "Gemm": rewriter.head}
    for node in model.graph.node:
        rewrite.get(node.op_type, rewriter.nodes.append)(node)
    graph = helper.make_graph(rewriter.nodes, "g", model.graph.input, model.graph.output, rewriter.constants)
    entry = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(entry)
    return entry.SerializeToString()
