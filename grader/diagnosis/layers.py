"""The layers of a graph that have weights, with the weights as the real numbers that they stand for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import helper

from grader.diagnosis.flow import Flow, Reader, session
from grader.quantization import graph

Array = npt.NDArray[Any]
BLOCKWISE = ("MatMulNBits", "GatherBlockQuantized")


@dataclass(frozen=True, slots=True)
class Layer:
    """One computing node and its weights, [outputs, inputs, ...] (an embedding: [rows, features]).

    bits: of one stored weight. outlet: the value that it hands on. axis: where that value has its channels.
    """

    name: str
    op: str
    bits: int
    outlet: str
    axis: int
    weights: Array = field(repr=False)


def layers(flow: Flow, item: Array) -> tuple[Layer, ...]:
    """Every layer whose weights the file stores, in order. item: any input, batch 1, to compute dequantized weights."""
    nodes = list(weighted(flow))
    computed = _computed(flow, [name for _, name, _ in nodes if name not in flow.stored], item)
    return tuple(
        Layer(
            name=node.name or node.output[0],
            op=node.op_type,
            bits=_bits(node, stored),
            outlet=flow.outlet(node),
            axis=1 if "Conv" in node.op_type else -1,
            weights=_outputs_first(node, computed[name] if name in computed else _real(node, stored, flow)),
        )
        for node, name, stored in nodes
    )


def weighted(flow: Flow) -> Iterator[tuple[onnx.NodeProto, str, onnx.TensorProto]]:
    """Each computing node, the name of its weight input and the stored tensor behind it."""
    for node in flow.model.graph.node:
        position = 0 if node.op_type in graph.LOOKUPS else graph.WEIGHT_INPUT.get(node.op_type)
        if position is None or len(node.input) <= position:
            continue
        stored = graph.weight_source(node.input[position], flow.model.graph)
        if stored is not None and (node.op_type not in graph.LOOKUPS or len(stored.dims) == graph.TABLE_DIMENSIONS):
            yield node, node.input[position], stored


def _computed(flow: Flow, names: list[str], item: Array) -> dict[str, Array]:
    """Weights that the graph itself dequantizes or reshapes while running."""
    return dict(Reader(flow, names).read(item)) if names else {}


def _real(node: onnx.NodeProto, stored: onnx.TensorProto, flow: Flow) -> Array:
    """Stored weights as real numbers, but for a scale by channel, which no comparison here depends on."""
    if node.op_type in BLOCKWISE:
        return _unpacked(node, stored, flow)
    values = graph.values(stored).astype(np.float64)
    point = graph.zero_point(stored.name, flow.model.graph)
    if point is None:
        return values
    zero = graph.values(point).astype(np.float64)
    by_channel = [-1 if axis == graph.channel_axis(node) % values.ndim else 1 for axis in range(values.ndim)]
    return values - zero.reshape(by_channel)


def _unpacked(node: onnx.NodeProto, stored: onnx.TensorProto, flow: Flow) -> Array:
    """What a block-wise layer computes with: its own operator, asked for each input (or row) by itself."""
    if node.op_type == "MatMulNBits":
        asked: Array = np.eye(graph.attribute(node, "K"), dtype=np.float32)
        given, others = node.input[0], node.input[1:]
    else:
        asked = np.arange(stored.dims[0], dtype=np.int64)
        given, others = node.input[1], [node.input[0], *node.input[2:]]
    kind = helper.np_dtype_to_tensor_dtype(asked.dtype)
    alone = helper.make_graph(
        [node],
        "alone",
        [helper.make_tensor_value_info(given, kind, asked.shape)],
        [onnx.ValueInfoProto(name=node.output[0])],
        [flow.stored[name] for name in others if name],
    )
    model = helper.make_model(alone, opset_imports=flow.model.opset_import)
    model.ir_version = flow.model.ir_version
    answer: Array = session(model, ort.GraphOptimizationLevel.ORT_DISABLE_ALL).run(None, {given: asked})[0]
    return answer


def _outputs_first(node: onnx.NodeProto, weights: Array) -> Array:
    return weights.T if weights.ndim == graph.TABLE_DIMENSIONS and graph.channel_axis(node) else weights


def _bits(node: onnx.NodeProto, stored: onnx.TensorProto) -> int:
    return graph.attribute(node, "bits", 4) if node.op_type in BLOCKWISE else graph.element_bits(stored)
