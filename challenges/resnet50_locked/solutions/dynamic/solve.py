"""The baseline's weights in a byte each, ranges measured at every inference, and nothing else changed."""

from challenges.datasets.base import Dataset
from challenges.ptq import dynamic_int8


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return dynamic_int8(baseline)
