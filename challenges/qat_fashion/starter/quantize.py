"""First attempt: quantize baseline.onnx after training and write entry.onnx.

The pointwise convolutions hold nine tenths of all weights; they get NARROW bits, everything else 8. The scales are the
best that this kind of quantization has to offer: what is lost with fewer bits, only training can win back.

ONNX Runtime has no kernels for weights below 8 bits. `Cast` to int8 is folded when the model is loaded, and what then
stands before the convolution is an ordinary int8 weight with its scale: small in the file, int8 when it runs.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
NARROW = 4
OPSET, IR_VERSION = 25, 13  # the first with 2-bit integers
DTYPE = {8: TensorProto.INT8, 4: TensorProto.INT4, 2: TensorProto.INT2}
SHRINK = np.linspace(0.2, 1, 41)  # candidates for the clipping range, as parts of the largest weight


@dataclass(frozen=True)
class Weights:
    """Of one layer. levels: whole numbers [out, in, ...]; scale: [out]; bias: [out]."""

    levels: np.ndarray
    scale: np.ndarray
    bias: np.ndarray
    bits: int


@dataclass(frozen=True)
class Range:
    """How an activation becomes uint8: real = (stored - zero_point) * scale."""

    scale: float
    zero_point: int = 0


def quantized(model: onnx.ModelProto, narrow: int) -> dict[str, Weights]:
    """Every layer, by the name of its weight tensor."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    layers = [node.input for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    return {name: rounded(stored[name], stored[bias], width(stored[name], narrow)) for _, name, bias in layers}


def width(weight: np.ndarray, narrow: int) -> int:
    """Bits for one layer: depthwise layers, stem and head are few weights, and 8 bits of them cost little."""
    return narrow if weight.ndim == 4 and weight.shape[1:] != (1, 3, 3) else 8


def rounded(weight: np.ndarray, bias: np.ndarray, bits: int) -> Weights:
    """One scale for each output channel: of all clipping ranges that of the least squared error."""
    top = 2 ** (bits - 1) - 1
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    scales = (SHRINK[:, None] * largest / top).astype(np.float32)
    errors = [np.square(levels(weight, scale, top) * along(scale, weight) - weight) for scale in scales]
    best = np.argmin([error.reshape(len(weight), -1).sum(axis=1) for error in errors], axis=0)
    scale = scales[best, np.arange(len(weight))]
    return Weights(levels(weight, scale, top).astype(np.int8), scale, bias, bits)


def levels(weight: np.ndarray, scale: np.ndarray, top: int) -> np.ndarray:
    """Whole numbers from -top - 1 to top."""
    return np.clip(np.rint(weight / along(scale, weight)), -top - 1, top)


def along(scale: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`scale` in a shape that multiplies output channels."""
    return scale.reshape(-1, *[1] * (weight.ndim - 1))


def ranges(model: onnx.ModelProto, images: np.ndarray) -> dict[str, Range]:
    """The range of the input and of every value that a ReLU or the pooling writes, from minimum to maximum."""
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    watched = [node.output[0] for node in model.graph.node if node.op_type in ("Relu", "GlobalAveragePool")]
    probed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in watched)
    session = ort.InferenceSession(probed.SerializeToString(), providers=["CPUExecutionProvider"])
    found = dict(zip(watched, session.run(watched, {"input": images}), strict=True))
    lowest, highest = float(images.min()), float(images.max())
    step = (highest - lowest) / 255
    return {"input": Range(step, round(-lowest / step))} | {
        name: Range(float(values.max()) / 255) for name, values in found.items()
    }


class Writer:
    """Collects the nodes and tensors of the new graph under short names, because names are bytes, too."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def tensor(self, values: np.ndarray | np.generic) -> str:
        """Store an array."""
        name = f"t{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def packed(self, levels: np.ndarray, bits: int) -> str:
        """Store whole numbers in `bits` each, the first in the lowest bits."""
        name = f"t{len(self.tensors)}"
        fields = levels.view(np.uint8).reshape(-1, 8 // bits) & (2**bits - 1)
        raw = (fields << np.arange(0, 8, bits, dtype=np.uint8)).sum(axis=1, dtype=np.uint8).tobytes()
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

    def layer(self, node: onnx.NodeProto, x: str, weights: Weights, incoming: Range, output: str) -> str:
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


def write(model: onnx.ModelProto, weights: Mapping[str, Weights], found: Mapping[str, Range]) -> bytes:
    """The chain of layers in `model`, quantized. weights: by the name of the weight tensor; found: by value."""
    writer, entering = Writer(), found["input"]
    x = writer.activation("input", entering)
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            x = writer.layer(node, x, weights[node.input[1]], entering, "logits" if node.op_type == "Gemm" else "")
        else:
            x = writer.node(node.op_type, x, like=node)
        if node.output[0] in found:
            entering = found[node.output[0]]
            x = writer.activation(x, entering)
    graph = helper.make_graph(writer.nodes, "g", model.graph.input, model.graph.output, writer.tensors)
    entry = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(entry)
    return entry.SerializeToString()


if __name__ == "__main__":
    baseline = onnx.load(HERE / "baseline.onnx")
    with np.load(HERE / "calibration.npz") as data:
        images = data["calibration"]
    (HERE / "entry.onnx").write_bytes(write(baseline, quantized(baseline, NARROW), ranges(baseline, images)))
    print("wrote entry.onnx; now run: python measure.py")
