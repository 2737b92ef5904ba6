"""No student at all: the teacher in int8."""

from challenges.datasets.base import Dataset
from challenges.ptq import static_int8


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return static_int8(baseline, data)
