"""The pruned network of `pass`, quantized to int8 on top: faster, and not what this challenge is about."""

from pathlib import Path

from challenges.datasets.base import Dataset
from challenges.ptq import static_int8

PRUNED = Path(__file__).parents[1] / "pass" / "entry.onnx"


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return static_int8(PRUNED.read_bytes(), data)
