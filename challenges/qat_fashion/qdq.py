"""Writes a quantized network as ONNX: uint8 activations, weights packed in 8, 4 or 2 bits, run by integer kernels.

ONNX Runtime has no kernels for weights below 8 bits. `Cast` to int8 is folded when the model is loaded, and what then
stands before the convolution is an ordinary int8 weight with its scale: small in the file, int8 when it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from grader.challenge import Float32

OPSET, IR_VERSION = 25, 13  # the first with 2-bit integers
DTYPE = {8: TensorProto.INT8, 4: TensorProto.INT4, 2: TensorProto.INT2}


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one layer. levels: whole numbers [out, in, ...]; scale: [out]; bias: [out]."""

    levels: npt.NDArray[np.int8]
    scale: Float32
    bias: Float32
    bits: int


@dataclass(frozen=True, slots=True)
class Range:
    """How an activation becomes uint8: real = (stored - zero_point) * scale."""

    scale: float
    zero_point: int = 0


class Writer:
    """Collects the nodes and tensors of the new graph under short names, because names are bytes, too."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def tensor(self, values: npt.NDArray[np.generic]) -> str:
        """Store an array."""
        name = f"t{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(values, name))
        return name

    def packed(self, levels: npt.NDArray[np.int8], bits: int) -> str:
        """Store whole numbers in `bits` each, lowest bits first."""
        name = f"t{len(self.tensors)}"
        padded = np.pad(levels.ravel(), (0, -levels.size % (8 // bits)))
        fields = (padded.view(np.uint8).reshape(-1, 8 // bits) & (2**bits - 1)) << np.arange(0, 8, bits, dtype=np.uint8)
        raw = fields.sum(axis=1, dtype=np.uint8).tobytes()
        self.tensors.append(helper.make_tensor(name, DTYPE[bits], levels.shape, raw, raw=True))
        return name

    def node(
        self, operator: str, *inputs: str, output: str = "", like: onnx.NodeProto | None = None, **more: int
    ) -> str:
        """Append a node, with the attributes of another one if it is given, and give its output's name."""
        output = output or f"n{len(self.nodes)}"
        made = helper.make_node(operator, inputs, [output], **more)
        if like is not None:
            made.attribute.extend(like.attribute)
        self.nodes.append(made)
        return output

    def activation(self, x: str, found: Range) -> str:
        """Quantize and dequantize: what the kernel before it writes, and the one behind it reads, is uint8."""
        names = self.tensor(np.float32(found.scale)), self.tensor(np.uint8(found.zero_point))
        return self.node("DequantizeLinear", self.node("QuantizeLinear", x, *names), *names)

    def layer(self, node: onnx.NodeProto, x: str, weights: Weights, incoming: Range, output: str = "") -> str:
        """A convolution or matrix product on integers; its bias is int32 in steps of both scales' product."""
        stored = self.packed(weights.levels, weights.bits)
        if weights.bits < 8:
            stored = self.node("Cast", stored, to=TensorProto.INT8)
        step = (weights.scale * np.float32(incoming.scale)).astype(np.float32)
        bias = np.rint(weights.bias / step).astype(np.int32)
        scale, zero = self.tensor(weights.scale.astype(np.float32)), self.tensor(np.zeros(len(bias), np.int8))
        real = self.node("DequantizeLinear", stored, scale, zero, axis=0)
        real_bias = self.node("DequantizeLinear", self.tensor(bias), self.tensor(step), axis=0)
        return self.node(node.op_type, x, real, real_bias, output=output, like=node)


def write(model: onnx.ModelProto, weights: Mapping[str, Weights], ranges: Mapping[str, Range]) -> bytes:
    """The chain of layers in `model`, quantized. weights: by the name of the weight tensor; ranges: by value."""
    writer, value, entering = Writer(), model.graph.input[0].name, ranges[model.graph.input[0].name]
    x = writer.activation(value, entering)
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            last = "logits" if node.op_type == "Gemm" else ""
            x = writer.layer(node, x, weights[node.input[1]], entering, last)
        else:
            x = writer.node(node.op_type, x, like=node)
        if node.output[0] in ranges:
            entering = ranges[node.output[0]]
            x = writer.activation(x, entering)
    graph = helper.make_graph(writer.nodes, "g", model.graph.input, model.graph.output, writer.tensors)
    entry = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(entry)
    return bytes(entry.SerializeToString())
