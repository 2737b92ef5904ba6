"""Write a network as .pt2 and .tflite beside its .onnx: `python -m challenges.conversion MODEL.onnx …`.

The reference of a measurement is the baseline in the entry's own runtime, so a challenge that takes another format
carries its baseline in it too: the same weights, layer by layer. Needs torch, and litert-torch for .tflite; about a
minute a model. Nothing else imports this.
"""

import argparse
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from grader.quantization import pt2

SAME = 1e-3  # between runtimes: the largest difference of two outputs
Attributes = Mapping[str, Any]


def _conv(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    pads = list(attributes.get("pads", [0, 0, 0, 0]))
    if pads[:2] != pads[2:]:
        raise ValueError("a convolution is padded unevenly")
    strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    return functional.conv2d(x, weight, bias, strides, pads[:2], dilations, attributes.get("group", 1))


def _gemm(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return functional.linear(x, weight if attributes.get("transB") else weight.T, bias)


OPERATORS: Mapping[str, Callable[..., Tensor]] = {
    "Conv": _conv,
    "Gemm": _gemm,
    "Relu": lambda attributes, x: functional.relu(x),
    "Add": lambda attributes, x, y: x + y,
    "Identity": lambda attributes, x: x,
    "GlobalAveragePool": lambda attributes, x: x.mean((2, 3), keepdim=True),
    "Flatten": lambda attributes, x: x.flatten(attributes.get("axis", 1)),
}
"""What the baselines are made of, in torch's words."""


class OnnxModule(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """An ONNX graph as a torch module that torch.export can trace."""

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        self.nodes = [
            (
                node.op_type,
                {item.name: helper.get_attribute_value(item) for item in node.attribute},
                list(node.input),
                node.output[0],
            )
            for node in model.graph.node
        ]
        self.source, self.result = model.graph.input[0].name, model.graph.output[0].name
        self.weights = nn.ParameterList()
        self.position = {tensor.name: at for at, tensor in enumerate(model.graph.initializer)}
        for tensor in model.graph.initializer:
            self.weights.append(nn.Parameter(torch.from_numpy(numpy_helper.to_array(tensor).copy()), False))

    def forward(self, x: Tensor) -> Tensor:
        """x: the graph's input -> its output."""
        values = {self.source: x}
        for operator, attributes, inputs, output in self.nodes:
            given = [values[name] if name in values else self.weights[self.position[name]] for name in inputs]
            values[output] = OPERATORS[operator](attributes, *given)
        return values[self.result]


def write_pt2(module: nn.Module, item: Tensor, path: Path) -> None:
    """Export for batches of one, as a device asks, and keep what the grader would read of it."""
    exported = io.BytesIO()
    torch.export.save(torch.export.export(module, (item,)), exported)
    path.write_bytes(pt2.canonical_bytes(pt2.read(exported.getvalue())))


def write_tflite(module: nn.Module, item: Tensor, path: Path) -> None:
    """Convert for batches of one; the input keeps the layout of the ONNX model, [1, channels, height, width]."""
    import litert_torch  # a package of two gigabytes that only this line needs

    litert_torch.convert(module, (item,)).export(str(path))


def convert(source: Path) -> None:
    """Write both files, and compare the PyTorch module with ONNX Runtime. Raises ValueError where they differ."""
    session = ort.InferenceSession(source)
    shape = [1 if isinstance(size, str) else size for size in session.get_inputs()[0].shape]
    item = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    module = OnnxModule(onnx.load(source)).eval()
    difference = np.abs(session.run(None, {module.source: item})[0] - module(torch.from_numpy(item)).numpy()).max()
    if difference > SAME:
        raise ValueError(f"{source}: the outputs differ by {difference}")
    write_pt2(module, torch.from_numpy(item), source.with_suffix(".pt2"))
    write_tflite(module, torch.from_numpy(item), source.with_suffix(".tflite"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", metavar="MODEL.onnx", nargs="+", type=Path)
    for given in parser.parse_args().models:
        convert(given)
