"""The student in LiteRT, not quantized. `make.py` wrote the entry."""

from pathlib import Path

from challenges.datasets.base import Dataset


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return Path(__file__).with_name("entry.tflite").read_bytes()
