"""Hand in another network, a quarter as wide, trained on the same glosses and stored in 4 bits."""

from pathlib import Path

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return Path(__file__).with_name("entry.onnx").read_bytes()
