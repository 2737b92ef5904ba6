"""Static post-training quantization in QDQ form: the integers of `reference`, a Q and a DQ node around each layer."""

from onnxruntime.quantization import QuantFormat

from challenges.datasets.base import Dataset
from challenges.int8_fashion.solutions.reference.solve import quantize


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return quantize(baseline, data, QuantFormat.QDQ)
