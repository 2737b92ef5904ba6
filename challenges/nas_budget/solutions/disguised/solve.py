"""The network that is too wide, without a single convolution: each is written as products and sums."""

from challenges.datasets.base import Dataset
from challenges.int8_fashion.solutions.disguised import solve as disguised


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return disguised.solve(baseline, data)
