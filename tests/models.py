"""Small ONNX models for tests, built without a training framework: honest ones, and every way to hand in a bad one."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
CLASSES = 10


class Graph:
    """Collects nodes and weights of a chain of layers."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, shape: tuple[int, ...], fan_in: int) -> str:
        """Add He-initialised weights."""
        values = self.rng.standard_normal(shape) * np.sqrt(2 / fan_in)
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def conv(self, source: str, name: str, channels: tuple[int, int], size: int = 3, stride: int = 1) -> str:
        """Add a convolution with "same" padding and bias."""
        ins, outs = channels
        weight = self.weight(f"{name}.weight", (outs, ins, size, size), ins * size * size)
        bias = self.weight(f"{name}.bias", (outs,), 100)
        pads = [size // 2] * 4
        self.node("Conv", [source, weight, bias], name, kernel_shape=[size, size], strides=[stride, stride], pads=pads)
        return name

    def relu(self, source: str) -> str:
        """Add a ReLU."""
        return self.node("Relu", [source], f"{source}.relu")

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        """Add any operator with one output, which also names it."""
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output

    def model(self, opset: int = 17, shape: Sequence[object] = ("batch", 1, 28, 28)) -> onnx.ModelProto:
        """Close the graph: "input" to "logits"."""
        inputs = [helper.make_tensor_value_info("input", FLOAT, list(shape))]
        outputs = [helper.make_tensor_value_info("logits", FLOAT, [shape[0], CLASSES])]
        graph = helper.make_graph(self.nodes, "net", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 9
        return model


def small_resnet(seed: int = 0, channels: Sequence[int] = (8, 16)) -> onnx.ModelProto:
    """A residual network for 28x28 images with random weights: the structure of the real baselines, smaller."""
    graph = Graph(seed)
    x, width = graph.relu(graph.conv("input", "stem", (1, channels[0]))), channels[0]
    for at, out in enumerate(channels):
        stride = 1 if at == 0 else 2
        y = graph.relu(graph.conv(x, f"block{at}.a", (width, out), stride=stride))
        y = graph.conv(y, f"block{at}.b", (out, out))
        shortcut = x if stride == 1 else graph.conv(x, f"block{at}.s", (width, out), size=1, stride=stride)
        x, width = graph.relu(graph.node("Add", [y, shortcut], f"block{at}.sum")), out
    pooled = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "pool")], "flat")
    weight, bias = graph.weight("head.weight", (CLASSES, width), width), graph.weight("head.bias", (CLASSES,), 100)
    graph.node("Gemm", [pooled, weight, bias], "logits", transB=1)
    return graph.model()


def linear(opset: int = 17, shape: Sequence[object] = ("batch", 1, 28, 28), seed: int = 0) -> onnx.ModelProto:
    """Flatten and one matrix: the smallest valid entry."""
    graph = Graph(seed)
    flat = graph.node("Flatten", ["input"], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, CLASSES), 784)], "logits")
    return graph.model(opset, shape)
