"""Inside the sandbox, for a closed track: are an entry's weights the baseline's, whatever they are stored as?"""

from collections.abc import Iterable, Iterator, Mapping

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


Weights = Iterable[tuple[str, Array | None]]
"""Where weights are used, and their values up to a scale by channel, [out, in, ...]; None for computed ones."""


def refuse_other_weights(weights: Weights, besides: Mapping[str, int], baseline: onnx.GraphProto) -> None:
    """Raise EntryRejected unless the weights are the baseline's, quantized or rescaled: all of them and no others.

    besides: number of stored values that no known layer uses as weights, by tensor.
    """
    uses, wanted = list(weights), list(weights_of(baseline))
    found, originals = list(_large(uses)), list(_large(wanted))
    _refuse_unlike(found, originals)
    _refuse_unlike(originals, found)
    _refuse_computed(uses, allowed=sum(values is None for _, values in wanted))
    _refuse_stowaways(besides, graph.besides_weights(baseline))


def weights_of(network: onnx.GraphProto) -> Iterator[tuple[str, Array | None]]:
    """Every use of weights in an ONNX graph. Raises EntryRejected for stored ones that cannot be read.

    Weights of a node on which no output depends are not in use: they count as computed ones, which are nobody's.
    """
    alive = {name for node in graph.live_nodes(network) for name in node.output}
    for node, tensor in graph.weighted_nodes(network):
        if tensor is None or alive.isdisjoint(node.output):
            yield node.name or node.op_type, None
        else:
            yield tensor.name, _as_real(node, tensor, network)


def _large(uses: Weights) -> Iterator[tuple[str, Array]]:
    """Those that are weights and not biases or constants."""
    return ((where, values) for where, values in uses if values is not None and values.size >= graph.SMALL_ELEMENTS)


def _refuse_unlike(weights: list[tuple[str, Array]], others: list[tuple[str, Array]]) -> None:
    """Raise EntryRejected naming the first weights that have no counterpart among the others."""
    for where, values in weights:
        if not any(_alike(values, other) for _, other in others):
            raise EntryRejected("weights_not_baseline", where=where)


def _alike(one: Array, other: Array) -> bool:
    """Whether one comes from the other, perhaps turned: runtimes disagree about the order of a product's two sides."""
    forms = (one, one.T) if one.ndim == graph.TABLE_DIMENSIONS else (one,)
    return any(form.shape == other.shape and scaled_by_channel(form, other) <= SAME_WEIGHTS for form in forms)


def _as_real(node: onnx.NodeProto, tensor: onnx.TensorProto, network: onnx.GraphProto) -> Array:
    scaler = graph.blocks_of(node, tensor.name, network)
    if scaler is not None:
        blocks = real_values(scaler, graph.constants(network))
        if blocks is None:
            raise EntryRejected("weights_not_baseline", where=tensor.name)
        return blocks
    stored = graph.values(tensor).astype("float64")
    point = graph.zero_point(tensor.name, network)
    return stored if point is None else _centred(stored, graph.values(point).astype("float64"))


def _centred(stored: Array, zero: Array) -> Array:
    """Weights with their zero point taken off, which may be one for each entry of the first axis."""
    return stored - (zero.reshape(-1, *[1] * (stored.ndim - 1)) if zero.ndim else zero)


def _refuse_computed(uses: Weights, allowed: int) -> None:
    """Attention multiplies two activations; more such products than the baseline has could be weights in disguise."""
    computed = [where for where, values in uses if values is None]
    if len(computed) > allowed:
        raise EntryRejected("weights_not_baseline", where=computed[0])


def _refuse_stowaways(besides: Mapping[str, int], allowed: Mapping[str, int]) -> None:
    """Values that no known layer uses as weights can still be weights: a convolution is also products and sums."""
    if sum(besides.values()) > BESIDES_WEIGHTS * sum(allowed.values()):
        raise EntryRejected("weights_not_baseline", where=max(besides, key=besides.__getitem__))
