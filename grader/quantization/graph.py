"""Reading an ONNX graph: its tensors, its weights, and the bytes that count as its size."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnx.helper import tensor_dtype_to_np_dtype

from grader.quantization.packing import unpack

WEIGHT_INPUT: Mapping[str, int] = {
    "Conv": 1,
    "ConvTranspose": 1,
    "ConvInteger": 1,
    "FusedConv": 1,
    "QLinearConv": 3,
    "Gemm": 1,
    "FusedGemm": 1,
    "QGemm": 3,
    "MatMul": 1,
    "FusedMatMul": 1,
    "MatMulInteger": 1,
    "MatMulNBits": 1,
    "DynamicQuantizeMatMul": 1,
    "QLinearMatMul": 3,
    "Einsum": 1,
}
"""Which input of a computing operator carries its weights."""

LOOKUPS = frozenset({"Gather", "GatherBlockQuantized"})
TABLE_DIMENSIONS = 2  # a lookup in fewer is one of indices or shapes, not of an embedding

PASSES_ON = frozenset({"DequantizeLinear", "QuantizeLinear", "Cast", "Transpose", "Reshape", "Identity"})
"""Operators through which a weight may reach its user."""

ZERO_POINT_INPUT: Mapping[str, int] = {
    "DequantizeLinear": 2,
    "ConvInteger": 3,
    "MatMulInteger": 3,
    "QGemm": 5,
    "QLinearConv": 5,
    "QLinearMatMul": 5,
}
"""Which input of an operator carries the zero point of its weights."""

SMALL_ELEMENTS = 64
"""Tensors with fewer elements are biases and constants of the graph, not weights."""

PACKED_BITS: Mapping[str, int] = {"int4": 4, "uint4": 4, "int2": 2, "uint2": 2, "float4_e2m1fn": 4}
"""Element types that a file stores packed; every other one is as wide as numpy says."""


def dtype_name(tensor: onnx.TensorProto) -> str:
    """Element type in numpy's words, such as "float32" or "int4". Raises KeyError for a type ONNX does not define."""
    return str(tensor_dtype_to_np_dtype(tensor.data_type))


def element_bits(tensor: onnx.TensorProto) -> int:
    """Stored bits of one element."""
    dtype = tensor_dtype_to_np_dtype(tensor.data_type)
    return PACKED_BITS.get(str(dtype), dtype.itemsize * 8)


def element_count(tensor: onnx.TensorProto) -> int:
    """Number of elements by the declared shape; a scalar has one."""
    return math.prod(tensor.dims)


def constants(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """Every tensor that the file itself carries, by the name under which nodes use it."""
    found = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            found.update((node.output[0], _carried(item, node.output[0])) for item in node.attribute)
    return found


def _carried(value: onnx.AttributeProto, name: str) -> onnx.TensorProto:
    """What a Constant node holds, in whichever of its forms. A sparse one has only its values here."""
    if value.HasField("t"):
        return value.t
    if value.HasField("sparse_tensor"):
        return value.sparse_tensor.values
    content = onnx.helper.get_attribute_value(value)
    array = np.asarray(content, {"FLOAT": np.float32, "INT": np.int64}.get(_kind(value), object))
    return numpy_helper.from_array(array, name)


def _kind(value: onnx.AttributeProto) -> str:
    """ "FLOAT" for one and for several."""
    return str(onnx.AttributeProto.AttributeType.Name(value.type)).rstrip("S")


PACKED_INPUT: Mapping[str, int] = {"MatMulNBits": 1, "GatherBlockQuantized": 0}
"""Which input of an operator holds several weights in each uint8, `bits` wide."""


def parameters(graph: onnx.GraphProto) -> int:
    """Number of stored values, those packed into bytes counted one by one."""
    return sum(array.size for array in unpacked(graph).values())


def unpacked(graph: onnx.GraphProto) -> dict[str, npt.NDArray[Any]]:
    """Every stored tensor as an array by name, packed values one by one with the middle of their range taken off."""
    bits = packed_bits(graph)
    return {
        name: values(tensor) if name not in bits else unpack(values(tensor), bits[name]) - 2.0 ** (bits[name] - 1)
        for name, tensor in constants(graph).items()
    }


def packed_bits(graph: onnx.GraphProto) -> dict[str, int]:
    """How many bits a value has, by the names of tensors that hold several values in each byte."""
    stored = constants(graph)
    found = {}
    for node in graph.node:
        name = node.input[PACKED_INPUT[node.op_type]] if node.op_type in PACKED_INPUT else ""
        if name in stored and dtype_name(stored[name]) == "uint8":
            found[name] = attribute(node, "bits", 4)
    return found


def weight_source(name: str, graph: onnx.GraphProto) -> onnx.TensorProto | None:
    """The stored tensor behind a weight input, through dequantizing and reshaping; None if it is computed."""
    return constants(graph).get(_stored_name(name, graph))


def is_stored(name: str, graph: onnx.GraphProto) -> bool:
    """Whether a value is a constant of the file, perhaps dequantized or reshaped on its way."""
    return bool(_stored_name(name, graph))


def _stored_name(name: str, graph: onnx.GraphProto) -> str:
    """Under which name the values behind `name` are stored; "" if they are computed."""
    makers = {output: node for node in graph.node for output in node.output}
    stored = constants(graph)
    for _ in range(len(graph.node) + 1):
        if name in stored:
            return name
        maker = makers.get(name)
        if maker is None or maker.op_type not in PASSES_ON:
            return ""
        name = maker.input[0]
    return ""


def is_sorted(graph: onnx.GraphProto) -> bool:
    """Whether no node comes before one that it depends on. ONNX Runtime would not mind, but who follows values does."""
    seen: set[str] = set()
    made = {name for node in graph.node for name in node.output if name}
    for node in graph.node:
        if not seen.issuperset(made.intersection(node.input)):
            return False
        seen.update(node.output)
    return True


def live_nodes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The nodes on which an output depends: what else is in the file does nothing."""
    needed = {output.name for output in graph.output}
    alive = []
    for node in reversed(graph.node):  # sorted, or it would not have been read
        if needed.intersection(node.output):
            alive.append(node)
            needed.update(node.input)
    return alive


def weighted_nodes(graph: onnx.GraphProto) -> Iterator[tuple[onnx.NodeProto, onnx.TensorProto | None]]:
    """Each node that has weights with the stored tensor that it takes them from, None where they are computed.

    The rows of a stored table are weights; any other lookup has none.
    """
    for node, name in weight_inputs(graph):
        tensor = weight_source(name, graph)
        if node.op_type not in LOOKUPS or (tensor is not None and len(tensor.dims) == TABLE_DIMENSIONS):
            yield node, tensor


def weight_inputs(graph: onnx.GraphProto) -> Iterator[tuple[onnx.NodeProto, str]]:
    """Each node that may have weights with the name of the input that carries them."""
    named = ((node, _weight_name(node)) for node in graph.node)
    return ((node, name) for node, name in named if name)


def _weight_name(node: onnx.NodeProto) -> str:
    """The input that carries weights; "" if there is none."""
    position = 0 if node.op_type in LOOKUPS else WEIGHT_INPUT.get(node.op_type)
    return node.input[position] if position is not None and len(node.input) > position else ""


def blocks_of(node: onnx.NodeProto, name: str, graph: onnx.GraphProto) -> onnx.NodeProto | None:
    """Which node scales the stored weights `name` of `node` block by block: itself, or a DequantizeLinear before it."""
    if node.op_type in PACKED_INPUT:
        return node
    dequantizers = (other for other in graph.node if other.op_type == "DequantizeLinear" and other.input[0] == name)
    return next((other for other in dequantizers if attribute(other, "block_size")), None)


def channel_axis(node: onnx.NodeProto) -> int:
    """Where a node's stored weights have their output channels (an embedding: its rows)."""
    if node.op_type == "ConvTranspose":
        return 1
    return 0 if "Conv" in node.op_type or node.op_type in LOOKUPS or attribute(node, "transB") else -1


def attribute(node: onnx.NodeProto, name: str, otherwise: int = 0) -> int:
    """An integer attribute of a node."""
    return next((int(item.i) for item in node.attribute if item.name == name), otherwise)


def zero_point(name: str, graph: onnx.GraphProto) -> onnx.TensorProto | None:
    """The zero point that comes with the stored weights called `name`; None if they have none, or a computed one.

    That of a table may also be taken off the rows that were looked up.
    """
    stored = constants(graph)
    rows = {node.output[0] for node in graph.node if node.op_type == "Gather" and node.input[0] == name}
    for node in graph.node:
        position = ZERO_POINT_INPUT.get(node.op_type)
        if position is not None and rows.union({name}).intersection(node.input) and len(node.input) > position:
            return stored.get(node.input[position])
    return None


def besides_weights(graph: onnx.GraphProto) -> dict[str, int]:
    """Number of stored values by tensor or node, but for what a node takes as weights or as the scales of their blocks.

    Weights too few to be compared count as well, and so do lists of numbers in a node's attributes.
    """
    weights = set(_weights_and_scales(graph))
    found = {name: element_count(tensor) for name, tensor in constants(graph).items() if name not in weights}
    for at, node in enumerate(graph.node):
        if node.op_type != "Constant":
            found[f"{at}:{node.op_type}"] = sum(len(item.floats) + len(item.ints) for item in node.attribute)
    return found


def _weights_and_scales(graph: onnx.GraphProto) -> Iterator[str]:
    for node, tensor in weighted_nodes(graph):
        if tensor is not None and element_count(tensor) >= SMALL_ELEMENTS:
            yield tensor.name
            scaler = blocks_of(node, tensor.name, graph)
            yield from (scaler.input[position] for position in _scale_inputs(scaler)) if scaler else ()


def _scale_inputs(scaler: onnx.NodeProto) -> range:
    """Where the scales and zero points of blocks stand among the inputs."""
    first = 2 if scaler.op_type in PACKED_INPUT else 1
    return range(first, min(first + 2, len(scaler.input)))


def values(tensor: onnx.TensorProto) -> npt.NDArray[Any]:
    """The tensor's elements as an array."""
    array: npt.NDArray[Any] = numpy_helper.to_array(tensor)
    return array


def canonical_bytes(model: onnx.ModelProto) -> bytes:
    """The model written anew without what no device needs: documentation, metadata and cached shapes."""
    slim = onnx.ModelProto()
    slim.CopyFrom(model)
    for name in ("producer_name", "producer_version", "domain", "model_version", "doc_string", "metadata_props"):
        slim.ClearField(name)
    for name in ("doc_string", "value_info", "quantization_annotation", "metadata_props"):
        slim.graph.ClearField(name)
    for part in (*slim.graph.node, *slim.graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    return bytes(slim.SerializeToString(deterministic=True))
