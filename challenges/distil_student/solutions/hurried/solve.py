"""The reference's network after one epoch: `reference/train.py --epochs 1 --alone …/hurried/entry.onnx`."""

from pathlib import Path

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return Path(__file__).with_name("entry.onnx").read_bytes()
