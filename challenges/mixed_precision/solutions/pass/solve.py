"""A plan made by hand: the layer with half of all weights in 2 bits, the next two in 4, the rest in 8."""

import onnx

from challenges.datasets.base import Dataset
from challenges.mixed_precision.solutions.reference.solve import Network


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    network = Network(onnx.load_model_from_string(baseline))
    largest = sorted(network.weights, key=lambda name: -network.weights[name].size)
    bits = dict.fromkeys(network.weights, 8) | {largest[0]: 2, largest[1]: 4, largest[2]: 4}
    return network.quantized(bits).SerializeToString()
