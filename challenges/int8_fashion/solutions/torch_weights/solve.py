"""The baseline as a PyTorch program whose weights are int8, made float again at every inference. Needs no torch."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from challenges.datasets.base import Dataset
from grader.quantization import pt2

BASELINE = Path(__file__).parents[2] / "baseline.pt2"
FLOAT32 = 7  # number of the element type in the format


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    program = pt2.read(BASELINE.read_bytes())
    tensors, nodes = dict(program.tensors), []
    for node in program.nodes:
        position = pt2.WEIGHT_INPUT.get(node.operator)
        if position is not None:
            weight = node.reads[position]
            nodes += dequantized(tensors, weight)
            node = reading(node, weight, f"{weight}_real")
        nodes.append(node)
    return pt2.canonical_bytes(replace(program, tensors=tensors, nodes=tuple(nodes)))


def dequantized(tensors: dict[str, pt2.Tensor], name: str) -> list[pt2.Node]:
    """Store a weight as int8 with a scale by output channel, and the two operators that make it real again."""
    weight = tensors[name]
    values = weight.values()
    scale = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True) / 127
    shape, strides = weight.shape, weight.strides
    stored = np.rint(values / scale).astype(np.int8).tobytes()
    tensors[name] = pt2.Tensor(name, "int8", shape, strides, stored=stored)
    ones = (1,) * values.ndim
    tensors[f"{name}_scale"] = pt2.Tensor(
        f"{name}_scale", "float32", scale.shape, ones, stored=scale.astype(np.float32).tobytes()
    )
    for step in ("wide", "real"):
        tensors[f"{name}_{step}"] = pt2.Tensor(f"{name}_{step}", "float32", shape, strides)
    to_float = {"name": "dtype", "arg": {"as_scalar_type": FLOAT32}, "kind": 1}
    return [
        operator("to.dtype", f"{name}_wide", {"self": name}, to_float),
        operator("mul.Tensor", f"{name}_real", {"self": f"{name}_wide", "other": f"{name}_scale"}),
    ]


def operator(target: str, result: str, tensors: dict[str, str], *more: dict) -> pt2.Node:
    """One operator of ATen."""
    arguments = [{"name": key, "arg": {"as_tensor": {"name": name}}, "kind": 1} for key, name in tensors.items()]
    output = {"as_tensor": {"name": result}}
    reads = tuple(tensors.values())
    return pt2.Node(f"torch.ops.aten.{target}", reads, (result,), (*arguments, *more), (output,))


def reading(node: pt2.Node, before: str, after: str) -> pt2.Node:
    """The same operator with another value in one place."""
    old, new = ({"as_tensor": {"name": name}} for name in (before, after))
    arguments = tuple({**each, "arg": new} if each["arg"] == old else each for each in node.arguments)
    return replace(node, arguments=arguments, reads=tuple(after if name == before else name for name in node.reads))
