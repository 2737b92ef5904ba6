"""Inside the sandbox, for a closed track: are an entry's weights the baseline's, whatever they are stored as?"""

from collections.abc import Mapping

import onnx

from grader.errors import EntryRejected
from grader.quantization import graph
from grader.quantization.affine import Array, scaled_by_channel
from grader.quantization.blocks import real_values

SAME_WEIGHTS = 0.5
"""Largest distance (`scaled_by_channel`) at which weights still are the baseline's: int4 leaves about 0.1 to 0.2,
zeroing half of them about 0.3, weights of another training about 1."""
BESIDES_WEIGHTS = 8
"""How many times the baseline's biases an entry may hold besides its weights: static QDQ needs about 4 times as many
values (a scale and a zero point by channel, the same for the bias), and a network of one's own far more."""


def refuse_other_weights(entry: onnx.GraphProto, baseline: onnx.GraphProto) -> None:
    """Raise EntryRejected unless the weights are the baseline's, all of them and no others."""
    originals = {tensor.name: graph.values(tensor) for _, tensor in _stored(baseline)}
    found = {_original(node, tensor, entry, originals) for node, tensor in _stored(entry)}
    for name in originals:
        if name not in found:
            raise EntryRejected("weights_not_baseline", where=name)
    _refuse_computed(entry, baseline)
    _refuse_stowaways(entry, baseline)


def _stored(network: onnx.GraphProto) -> list[tuple[onnx.NodeProto, onnx.TensorProto]]:
    """Every use of stored weights."""
    used = ((node, tensor) for node, tensor in graph.weighted_nodes(network) if tensor is not None)
    return [(node, tensor) for node, tensor in used if graph.element_count(tensor) >= graph.SMALL_ELEMENTS]


def _original(
    node: onnx.NodeProto, tensor: onnx.TensorProto, entry: onnx.GraphProto, originals: Mapping[str, Array]
) -> str:
    """Which of the baseline's tensors the weights of a node come from. Raises EntryRejected if it is none."""
    weights = _as_real(node, tensor, entry)
    candidates = () if weights is None else (weights, weights.T) if weights.ndim == 2 else (weights,)
    for name, original in originals.items():
        for form in candidates:
            if form.shape == original.shape and scaled_by_channel(form, original) <= SAME_WEIGHTS:
                return name
    raise EntryRejected("weights_not_baseline", where=tensor.name)


def _as_real(node: onnx.NodeProto, tensor: onnx.TensorProto, entry: onnx.GraphProto) -> Array | None:
    """Stored weights up to a scale for each channel, which does not matter to the comparison. None: unreadable."""
    scaler = graph.blocks_of(node, tensor.name, entry)
    if scaler is not None:
        return real_values(scaler, graph.constants(entry))
    stored = graph.values(tensor).astype("float64")
    point = graph.zero_point(tensor.name, entry)
    return stored if point is None else _centred(stored, graph.values(point).astype("float64"))


def _centred(stored: Array, zero: Array) -> Array:
    """Weights with their zero point taken off, which may be one for each entry of the first axis."""
    return stored - (zero.reshape(-1, *[1] * (stored.ndim - 1)) if zero.ndim else zero)


def _refuse_computed(entry: onnx.GraphProto, baseline: onnx.GraphProto) -> None:
    """Attention multiplies two activations; more such products than the baseline has could be weights in disguise."""
    computed = [node for node, tensor in graph.weighted_nodes(entry) if tensor is None]
    allowed = sum(tensor is None for _, tensor in graph.weighted_nodes(baseline))
    if len(computed) > allowed:
        raise EntryRejected("weights_not_baseline", where=computed[0].name or computed[0].op_type)


def _refuse_stowaways(entry: onnx.GraphProto, baseline: onnx.GraphProto) -> None:
    """Values that no known layer uses as weights can still be weights: a convolution is also products and sums."""
    besides = graph.besides_weights(entry)
    if sum(besides.values()) > BESIDES_WEIGHTS * sum(graph.besides_weights(baseline).values()):
        raise EntryRejected("weights_not_baseline", where=max(besides, key=besides.__getitem__))
