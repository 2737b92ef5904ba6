"""8 bits for every layer."""

import onnx

from challenges.datasets.base import Dataset
from challenges.mixed_precision.solutions.reference.solve import Network


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    network = Network(onnx.load_model_from_string(baseline))
    return network.quantized(dict.fromkeys(network.weights, 8)).SerializeToString()
