"""The entry that train.py made: a network by hand, without a search."""

from pathlib import Path

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return Path(__file__).with_name("entry.onnx").read_bytes()
