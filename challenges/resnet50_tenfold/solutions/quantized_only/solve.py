"""The baseline in int8, as QLinear operators: everything that quantization alone has to give."""

from onnxruntime.quantization import QuantFormat

from challenges.datasets.base import Dataset
from challenges.ptq import static_int8


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return static_int8(baseline, data, quant_format=QuantFormat.QOperator)
