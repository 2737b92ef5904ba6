"""Weights that share a scale block by block, as ONNX Runtime stores them, and the real numbers that they stand for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from grader.quantization import graph
from grader.quantization.affine import Array
from grader.quantization.packing import unpack

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stored:
    """A node and the constants of its graph, by name. `None` stands for an input that it does not have."""

    node: onnx.NodeProto
    constants: Mapping[str, onnx.TensorProto]

    def input(self, position: int) -> Array | None:
        """The values of a stored input. Raises KeyError if it is computed."""
        names = self.node.input
        return graph.values(self.constants[names[position]]) if position < len(names) and names[position] else None

    def required(self, position: int) -> Array:
        """The same for an input that must be there. Raises KeyError."""
        values = self.input(position)
        if values is None:
            raise KeyError(position)
        return values


def real_values(node: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto]) -> Float64 | None:
    """What the blocks of one of the operators in `SCALED_INPUTS` stand for: w = (q - zero point) · scale.

    MatMulNBits gives [outputs, inputs], the others the shape that is stored. None where the values cannot be read:
    packed in a way that only the runtime knows, or with scales that are computed while running.
    """
    try:
        return READERS[node.op_type](Stored(node, constants))
    except (KeyError, ValueError):
        return None


def _product(stored: Stored) -> Float64:
    """MatMulNBits. B: uint8 [outputs, blocks, bytes]; scales, zero points: by output and block."""
    outputs, inputs = graph.attribute(stored.node, "N", 0), graph.attribute(stored.node, "K", 0)
    bits, size = graph.attribute(stored.node, "bits", 4), graph.attribute(stored.node, "block_size", 0)
    if graph.attribute(stored.node, "weight_prepacked", 0):
        raise ValueError("packed for one kernel")
    blocks = -(-inputs // size)
    q = unpack(stored.required(1), bits).reshape(outputs, blocks, size).astype(np.float64)
    zero = _zero_points(stored.input(3), bits, outputs, blocks)
    scale = stored.required(2).astype(np.float64).reshape(outputs, blocks, 1)
    return ((q - zero) * scale).reshape(outputs, -1)[:, :inputs]


def _zero_points(given: Array | None, bits: int, outputs: int, blocks: int) -> Float64:
    """[outputs, blocks, 1]: those of MatMulNBits, each output's packed into bytes of its own; the middle by default."""
    if given is None:
        return np.full((outputs, blocks, 1), 2.0 ** (bits - 1))
    points = unpack(given.reshape(outputs, -1), bits)[:, :blocks] if given.dtype == np.uint8 else given
    return points.astype(np.float64).reshape(outputs, blocks, 1)


def _table(stored: Stored) -> Float64:
    """GatherBlockQuantized. data: int4, uint4, or uint8 with `bits` wide values packed along the last axis."""
    q, points = stored.required(0), stored.input(3)
    middle = 0.0
    if q.dtype == np.uint8:
        bits = graph.attribute(stored.node, "bits", 4)
        middle = 2.0 ** (bits - 1)
        q, points = unpack(q, bits), None if points is None else unpack(points, bits)
    scale = stored.required(2)
    zero = np.full(scale.shape, middle) if points is None else points[..., : scale.shape[-1]]
    return _by_blocks(
        q,
        scale,
        zero,
        graph.attribute(stored.node, "quantize_axis", 1),
        graph.attribute(stored.node, "block_size", 128),
    )


def _dequantized(stored: Stored) -> Float64:
    """DequantizeLinear with a `block_size`."""
    q, scale, points = stored.required(0), stored.required(1), stored.input(2)
    zero = np.zeros(scale.shape) if points is None else points
    return _by_blocks(
        q, scale, zero, graph.attribute(stored.node, "axis", 1), graph.attribute(stored.node, "block_size", 0)
    )


def _by_blocks(q: Array, scale: Array, zero: Array, axis: int, size: int) -> Float64:
    """(q - zero) · scale, where `size` neighbours along `axis` share a scale and a zero point."""
    spread = [np.repeat(part.astype(np.float64), size, axis).take(range(q.shape[axis]), axis) for part in (zero, scale)]
    values: Float64 = (q.astype(np.float64) - spread[0]) * spread[1]
    return values


READERS: Mapping[str, Callable[[Stored], Float64]] = {
    "MatMulNBits": _product,
    "GatherBlockQuantized": _table,
    "DequantizeLinear": _dequantized,
}
