"""A good network that is too large: the ResNet-8 of half the width that int8_fashion keeps as a cheat."""

from challenges.datasets.base import Dataset
from challenges.registry import FOLDER


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return (FOLDER / "int8_fashion" / "solutions" / "swapped" / "half_width.onnx").read_bytes()
