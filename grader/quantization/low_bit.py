"""Weights in four bits, activations left alone: the layouts that ONNX Runtime computes with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from grader.quantization import affine, graph

Array = npt.NDArray[Any]
BITS = 4
BLOCK = 32
CONTRIB = "com.microsoft"  # its operators take int4 at any opset
IR_VERSION = 10  # the first one that defines int4


def weight_only_int4(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy with int4 weights: by block in products and embeddings, by channel in everything else."""
    lowered = onnx.ModelProto()
    lowered.CopyFrom(model)
    rewriting = Rewriting(graph.constants(model.graph))
    nodes = [new for node in model.graph.node for new in rewriting.lowered(node)]
    del lowered.graph.node[:], lowered.graph.initializer[:]
    used = {name for node in nodes for name in node.input} | {value.name for value in model.graph.output}
    lowered.graph.node.extend(node for node in nodes if node.op_type != "Constant" or used & set(node.output))
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    lowered.graph.initializer.extend([*kept, *rewriting.tensors.values()])
    lowered.ir_version = max(model.ir_version, IR_VERSION)
    if CONTRIB not in {item.domain for item in model.opset_import}:
        lowered.opset_import.append(helper.make_opsetid(CONTRIB, 1))
    return lowered


class Rewriting:
    """Replaces nodes with weights; `tensors` are the new weights and scales by name, shared where the old ones were."""

    def __init__(self, stored: dict[str, onnx.TensorProto]) -> None:
        self._stored = stored
        self.tensors: dict[str, onnx.TensorProto] = {}

    def lowered(self, node: onnx.NodeProto) -> list[onnx.NodeProto]:
        """The node itself, or what takes its place."""
        position = 0 if node.op_type == "Gather" else graph.WEIGHT_INPUT.get(node.op_type)
        stored = None if position is None or len(node.input) <= position else self._stored.get(node.input[position])
        if position is None or stored is None or graph.dtype_name(stored) != "float32" or len(stored.dims) < 2:
            return [node]
        if node.op_type == "MatMul" and len(stored.dims) == graph.TABLE_DIMENSIONS:
            return [self._product(node, stored)]
        if node.op_type == "Gather":
            return [self._lookup(node, stored)] if _looks_up_rows(node, stored) else [node]
        return self._dequantized(node, position, stored)

    def _product(self, node: onnx.NodeProto, stored: onnx.TensorProto) -> onnx.NodeProto:
        """MatMulNBits: [outputs, blocks, bytes], two weights in a byte, the first one low, 8 for zero."""
        rows, columns = stored.dims
        integers, scales = _by_block(graph.values(stored).T)
        names = [
            self._add(f"{stored.name}:blocks", packed(integers + 8)),
            self._add(f"{stored.name}:block_scales", scales),
        ]
        shape = {"K": rows, "N": columns, "bits": BITS, "block_size": BLOCK}
        return _replaced(node, "MatMulNBits", [node.input[0], *names], shape)

    def _lookup(self, node: onnx.NodeProto, stored: onnx.TensorProto) -> onnx.NodeProto:
        """GatherBlockQuantized: blocks along the features of each row."""
        integers, scales = _by_block(graph.values(stored))
        features = integers.reshape(len(integers), -1)[:, : stored.dims[1]]
        names = self._add_int4(f"{stored.name}:rows", features), self._add(f"{stored.name}:row_scales", scales)
        axes = {"gather_axis": 0, "quantize_axis": 1, "block_size": BLOCK}
        return _replaced(node, "GatherBlockQuantized", [names[0], node.input[1], names[1]], axes)

    def _dequantized(self, node: onnx.NodeProto, position: int, stored: onnx.TensorProto) -> list[onnx.NodeProto]:
        """The same operator behind a DequantizeLinear with one scale for each output channel."""
        axis = graph.channel_axis(node) % len(stored.dims)
        others = tuple(at for at in range(len(stored.dims)) if at != axis)
        integers, scale = affine.quantize_symmetric(graph.values(stored), others, BITS)
        inputs = [
            self._add_int4(f"{stored.name}:{axis}", integers),
            self._add(f"{stored.name}:{axis}_scale", scale.ravel()),
        ]
        real = f"{node.output[0]}:weights"
        user = onnx.NodeProto()
        user.CopyFrom(node)
        user.input[position] = real
        return [helper.make_node("DequantizeLinear", inputs, [real], name=real, axis=axis, domain=CONTRIB), user]

    def _add(self, name: str, array: Array) -> str:
        values = array.astype(np.float32) if array.dtype == np.float64 else array
        self.tensors[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def _add_int4(self, name: str, integers: Array) -> str:
        self.tensors[name] = int4_tensor(name, integers)
        return name


def int4_tensor(name: str, integers: Array) -> onnx.TensorProto:
    """Integers from -8 to 7 as raw bytes. (Given as numbers, protobuf would spend up to two bytes on each pair.)"""
    flat = np.pad(integers.ravel(), (0, integers.size % 2))
    return helper.make_tensor(name, TensorProto.INT4, integers.shape, packed(flat).tobytes(), raw=True)


def packed(integers: Array) -> npt.NDArray[np.uint8]:
    """Two neighbours of the last axis in a byte, the first one in the lower half: [..., 2n] -> [..., n]."""
    return np.asarray(integers[..., 0::2] & 15 | (integers[..., 1::2] & 15) << 4).astype(np.uint8)


def _by_block(weights: Array) -> tuple[Array, Array]:
    """int4 and scales of [rows, columns] by block of a row, the last one padded: [rows, blocks, 32], [rows, blocks]."""
    rows, columns = weights.shape
    padded = np.pad(weights, ((0, 0), (0, -columns % BLOCK))).reshape(rows, -1, BLOCK)
    integers, scales = affine.quantize_symmetric(padded, (2,), BITS)
    return integers, scales[..., 0]


def _looks_up_rows(node: onnx.NodeProto, stored: onnx.TensorProto) -> bool:
    return len(stored.dims) == graph.TABLE_DIMENSIONS and graph.attribute(node, "axis") == 0


def _replaced(node: onnx.NodeProto, op: str, inputs: Sequence[str], numbers: dict[str, int]) -> onnx.NodeProto:
    return helper.make_node(op, inputs, list(node.output), name=node.name, domain=CONTRIB, **numbers)
