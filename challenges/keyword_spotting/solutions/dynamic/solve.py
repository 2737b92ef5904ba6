"""The student with integer weights and ranges that are measured while it runs: the shortest call that quantizes."""

from pathlib import Path

from challenges.datasets.base import Dataset
from challenges.ptq import dynamic_int8

STUDENT = Path(__file__).parents[1] / "reference" / "student.onnx"


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return dynamic_int8(STUDENT.read_bytes())
