"""Which layer of the entry is which layer of the baseline: by weights, then by shape and order, never by name."""

from collections.abc import Iterator, Sequence

from grader.diagnosis.layers import Layer
from grader.quantization.affine import scaled_by_channel
from grader.quantization.baseline_weights import SAME_WEIGHTS

DESCENDS = 0.5
"""Least share of the baseline's layers that must match by weights before shape and order may match the others."""

Pairs = dict[int, int]
"""Position of a layer in the baseline -> position of its counterpart in the entry."""


def match(baseline: Sequence[Layer], entry: Sequence[Layer]) -> Pairs:
    """Pair the layers. What was pruned, or belongs to another network, stays without a counterpart."""
    pairs = _by_weights(baseline, entry)
    if len(pairs) < DESCENDS * len(baseline):
        return pairs
    return pairs | dict(_by_order(baseline, entry, pairs))


def _by_weights(baseline: Sequence[Layer], entry: Sequence[Layer]) -> Pairs:
    """Each layer's first free likeness, searched from the counterpart of the layer before it."""
    pairs: Pairs = {}
    expected = 0
    for at, layer in enumerate(baseline):
        order = [*range(expected, len(entry)), *range(expected)]
        taken = set(pairs.values())
        found = next((other for other in order if other not in taken and _alike(layer, entry[other])), None)
        if found is not None:
            pairs[at], expected = found, found + 1
    return pairs


def _alike(baseline: Layer, entry: Layer) -> bool:
    return _same_shape(baseline, entry) and scaled_by_channel(entry.weights, baseline.weights, 3) <= SAME_WEIGHTS


def _same_shape(baseline: Layer, entry: Layer) -> bool:
    return baseline.weights.shape == entry.weights.shape and ("Conv" in baseline.op) == ("Conv" in entry.op)


def _by_order(baseline: Sequence[Layer], entry: Sequence[Layer], pairs: Pairs) -> Iterator[tuple[int, int]]:
    """Layers whose weights are beyond recognition but which stand between the same neighbours, shape by shape."""
    taken = set(pairs.values())
    expected = 0
    for at, layer in enumerate(baseline):
        if at in pairs:
            expected = pairs[at] + 1
        elif expected < len(entry) and expected not in taken and _same_shape(layer, entry[expected]):
            yield at, expected
            expected += 1
