"""Removing whole channels from a convolutional ONNX graph: which belong together, what each costs, how they go.

Batch normalisation must be folded already, and convolutions must not be grouped: that is how our baselines are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper, shape_inference

LAYERS = frozenset({"Conv", "Gemm"})
Indices = npt.NDArray[np.int64]
Scores = Mapping[str, npt.NDArray[np.float64]]
"""Importance of each channel, by group; larger is more important."""


@dataclass(frozen=True, slots=True)
class Channels:
    """Which tensors share their channels: those that an Add joins lose the same channels or none.

    of: tensor name -> name of its group. A group's name is that of the first tensor in it.
    """

    of: Mapping[str, str]
    width: Mapping[str, int]


def layers(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Convolutions and fully connected layers, in order."""
    return (node for node in graph.node if node.op_type in LAYERS)


def stored(graph: onnx.GraphProto) -> dict[str, npt.NDArray[Any]]:
    """Every initializer as an array, by name."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def channels(graph: onnx.GraphProto) -> Channels:
    """Group the tensors of a graph by shared channels."""
    parent: dict[str, str] = {}
    for node in graph.node:
        output = node.output[0]
        parent[output] = output
        if node.op_type not in LAYERS:
            joined = [_root(parent, name) for name in node.input if name in parent]
            parent.update(dict.fromkeys([*joined, output], joined[0]))
    weights = stored(graph)
    of = {name: _root(parent, name) for name in parent}
    return Channels(of, {of[node.output[0]]: len(weights[node.input[1]]) for node in layers(graph)})


def _root(parent: Mapping[str, str], name: str) -> str:
    while parent[name] != name:
        name = parent[name]
    return name


def prunable(model: onnx.ModelProto) -> dict[str, int]:
    """Width of each group that may lose channels: every one but the model's own output."""
    found = channels(model.graph)
    answers = found.of[model.graph.output[0].name]
    return {name: width for name, width in found.width.items() if name != answers}


@dataclass(frozen=True, slots=True)
class Work:
    """What the layers of a model cost, counted once and asked many times.

    layers: for each the group that it makes, the group that it reads ("" for the model's input), and the products that
    one item needs for a single channel on either side.
    """

    width: Mapping[str, int]
    layers: tuple[tuple[str, str, int], ...]

    def macs(self, keep: Mapping[str, int]) -> int:
        """Multiply-accumulates of one item if group g kept keep[g] channels; groups that are not named keep all."""
        width = {**self.width, **keep}
        return sum(width[made] * width.get(read, 1) * products for made, read, products in self.layers)


def work(model: onnx.ModelProto) -> Work:
    """What each layer of a model costs."""
    found, weights, counted = channels(model.graph), stored(model.graph), []
    for node, area in _areas(model):
        read, shape = found.of.get(node.input[0], ""), weights[node.input[1]].shape[1:]
        counted.append((found.of[node.output[0]], read, area * int(np.prod(shape[1:] if read else shape))))
    return Work(found.width, tuple(counted))


def macs(model: onnx.ModelProto, keep: Mapping[str, int]) -> int:
    """Multiply-accumulates of one item if group g kept keep[g] channels; groups that are not named keep all."""
    return work(model).macs(keep)


def _areas(model: onnx.ModelProto) -> Iterator[tuple[onnx.NodeProto, int]]:
    """Each layer with the number of places that it computes for one item."""
    inferred = shape_inference.infer_shapes(model).graph
    shapes = {value.name: value.type.tensor_type.shape.dim for value in (*inferred.value_info, *inferred.output)}
    for node in layers(model.graph):
        yield node, int(np.prod([size.dim_value for size in shapes[node.output[0]]][2:]))


def plan(model: onnx.ModelProto, scores: Scores, max_macs: int, block: int) -> dict[str, Indices]:
    """Which channels each group keeps, so that the model needs at most `max_macs`.

    Again and again the `block` channels go whose importance, by multiply-accumulate that they save, is least. A group
    keeps at least one block. Raises ValueError if the limit cannot be met so.
    """
    order = {name: np.argsort(values)[::-1] for name, values in scores.items()}
    keep, counted = {name: len(values) for name, values in scores.items()}, work(model)
    while (cost := counted.macs(keep)) > max_macs:
        fewer = {name: {**keep, name: width - block} for name, width in keep.items() if width > block}
        if not fewer:
            raise ValueError(f"no more to remove at {cost} multiply-accumulates")
        lost = {name: scores[name][order[name][keep[name] - block : keep[name]]].sum() for name in fewer}
        saved = {name: cost - counted.macs(left) for name, left in fewer.items()}
        keep = fewer[min(fewer, key=lambda name: float(lost[name] / saved[name]))]
    return {name: np.sort(order[name][:width]) for name, width in keep.items()}


def remove(model: onnx.ModelProto, keep: Mapping[str, Indices]) -> onnx.ModelProto:
    """A copy of the model in which group g has only the channels keep[g]; groups that are not named keep all."""
    found, arrays = channels(model.graph), stored(model.graph)
    for node in layers(model.graph):
        weight, bias = node.input[1:3]
        if (chosen := keep.get(found.of[node.output[0]])) is not None:
            arrays[weight], arrays[bias] = arrays[weight][chosen], arrays[bias][chosen]
        if (chosen := keep.get(found.of.get(node.input[0], ""))) is not None:
            arrays[weight] = arrays[weight][:, chosen]
    return with_arrays(model, arrays)


def with_arrays(model: onnx.ModelProto, arrays: Mapping[str, npt.NDArray[Any]]) -> onnx.ModelProto:
    """A copy of the model with these values in its initializers."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.graph.ClearField("value_info")
    for tensor in copy.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(arrays[tensor.name]), tensor.name))
    onnx.checker.check_model(copy, full_check=True)
    return copy


def magnitude(model: onnx.ModelProto) -> Scores:
    """Importance of a channel by the weights that make it: Σ |w| over the layers of its group, by their mean.

    Source: Li et al. 2016, arXiv:1608.08710 (for one layer; for a group the layers are added up here).
    """
    found, arrays, names = channels(model.graph), stored(model.graph), prunable(model)
    total: dict[str, Any] = defaultdict(float)
    for node in layers(model.graph):
        weight = arrays[node.input[1]].astype(np.float64)
        total[found.of[node.output[0]]] += np.abs(weight).reshape(len(weight), -1).sum(1)
    return {name: total[name] / total[name].mean() for name in names}


def strongest(scores: npt.NDArray[Any], number: int) -> Indices:
    """Where the `number` largest scores stand, in ascending order. scores: [channels]."""
    return np.sort(np.argsort(scores)[::-1][:number])
