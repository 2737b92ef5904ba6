"""What a float model's answers lose when one layer's weights alone are quantized."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import helper

from grader.diagnosis.flow import Arrays, Flow, Reader, session
from grader.diagnosis.layers import weighted
from grader.diagnosis.noise import ratio_db
from grader.quantization import affine, graph
from grader.report import LayerSensitivity

Array = npt.NDArray[Any]
CLASSES_NDIM = 2  # of the output of a network that gives one answer for an item: [items, classes]


@dataclass(frozen=True, slots=True)
class Lone:
    """One layer to quantize alone: its place among the nodes, its stored weights and the axis of its channels."""

    at: int
    name: str
    op: str
    weight: str
    axis: int
    values: Array = field(repr=False)


def sensitivity(flow: Flow, items: Array) -> tuple[LayerSensitivity, ...]:
    """Each layer's weights in int8 and in int4, symmetric with one scale for each channel. items: [items, ...].

    Layers before the quantized one are not run again: one run of the float model keeps the values that they hand on.
    """
    alone = list(_lone_layers(flow))
    given = {layer.name: _given(flow, layer) for layer in alone}
    reader = Reader(flow, {flow.output}.union(*given.values()) - {flow.input})
    kept: list[Arrays] = [{**reader.read(batch), flow.input: batch} for batch in _batches(flow, items)]
    exact = _rows([values[flow.output] for values in kept])
    changed = _changed if kept[0][flow.output].ndim == CLASSES_NDIM else _unknown
    return tuple(_quantized_alone(Rest(flow, layer, given[layer.name], kept), exact, changed) for layer in alone)


def _batches(flow: Flow, items: Array) -> list[Array]:
    """All items at once, or one by one where the model insists."""
    fixed = flow.model.graph.input[0].type.tensor_type.shape.dim[0].HasField("dim_value")
    return np.split(items, len(items)) if fixed else [items]


def _lone_layers(flow: Flow) -> Iterator[Lone]:
    """Every layer that takes float weights directly from a stored tensor; the first user speaks for a shared one."""
    places = {node.output[0]: at for at, node in enumerate(flow.model.graph.node)}
    seen: set[str] = set()
    for node, name, stored in weighted(flow):
        is_float = name == stored.name and graph.dtype_name(stored) == "float32"
        if is_float and name not in seen:
            seen.add(name)
            values = graph.values(stored)
            yield Lone(
                places[node.output[0]],
                node.name or node.output[0],
                node.op_type,
                name,
                graph.channel_axis(node),
                values,
            )


def _given(flow: Flow, layer: Lone) -> tuple[str, ...]:
    """The values that are alive right before the layer runs: what the rest of the graph takes from before."""
    nodes = flow.model.graph.node
    needed = {name for node in nodes[layer.at :] for name in node.input}
    made = {name for node in nodes[: layer.at] for name in node.output} | {flow.input}
    return tuple(sorted((needed & made) - flow.stored.keys()))


class Rest:
    """The graph from one layer on. Its weights are an input; what comes before is given."""

    def __init__(self, flow: Flow, layer: Lone, given: tuple[str, ...], kept: list[Arrays]) -> None:
        self.layer = layer
        self._feeds = [{name: values[name] for name in given} for values in kept]
        nodes = flow.model.graph.node[layer.at :]
        used = {name for node in nodes for name in node.input} - {layer.weight}
        part = helper.make_graph(
            nodes,
            "rest",
            [_value(name, array) for name, array in {layer.weight: layer.values, **self._feeds[0]}.items()],
            flow.model.graph.output,
            [tensor for name, tensor in flow.stored.items() if name in used],
        )
        model = helper.make_model(part, opset_imports=flow.model.opset_import)
        model.ir_version = flow.model.ir_version
        self._session = session(model, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)

    def answers(self, bits: int) -> Array:
        """The model's output with this layer's weights rounded, [items, values]."""
        weights = _rounded(self.layer, bits)
        return _rows([self._session.run(None, {self.layer.weight: weights, **feeds})[0] for feeds in self._feeds])


def _value(name: str, array: Array) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def _rounded(layer: Lone, bits: int) -> Array:
    """The weights after a round trip through integers."""
    others = tuple(axis for axis in range(layer.values.ndim) if axis != layer.axis % layer.values.ndim)
    integers, scale = affine.quantize_symmetric(layer.values, others, bits)
    return affine.dequantize(integers, scale, np.zeros(1, np.int64))


def _rows(batches: list[Array]) -> Array:
    outputs = np.concatenate(batches)
    return outputs.reshape(len(outputs), -1)


def _quantized_alone(rest: Rest, exact: Array, changed: Callable[[Array, Array], float | None]) -> LayerSensitivity:
    int8, int4 = rest.answers(8), rest.answers(4)
    return LayerSensitivity(
        name=rest.layer.name,
        op=rest.layer.op,
        elements=rest.layer.values.size,
        int8_sqnr_db=_sqnr_db(exact, int8),
        int8_changed=changed(exact, int8),
        int4_sqnr_db=_sqnr_db(exact, int4),
        int4_changed=changed(exact, int4),
    )


def _sqnr_db(exact: Array, rounded: Array) -> float:
    return ratio_db(float((exact**2).sum()), float(((exact - rounded) ** 2).sum())) or 0.0


def _changed(exact: Array, rounded: Array) -> float:
    """Fraction of items whose largest output is at another place: for a classifier, another answer."""
    return float((exact.argmax(axis=1) != rounded.argmax(axis=1)).mean())


def _unknown(exact: Array, rounded: Array) -> None:
    """A detector finds many things in an item: the place of its largest output says nothing."""
