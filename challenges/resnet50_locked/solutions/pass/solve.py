"""The pruned network of `reference` in float: its weights are stored as float16, and cast when the model is loaded."""

import runpy
from pathlib import Path

from challenges.datasets.base import Dataset

PRUNED = Path(__file__).parents[1] / "reference" / "pruned.onnx"
HALF_PRECISION = Path(__file__).parents[3] / "prune_fashion" / "solutions" / "half_precision" / "solve.py"


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    stored_as_float16 = runpy.run_path(str(HALF_PRECISION))["solve"]
    entry: bytes = stored_as_float16(PRUNED.read_bytes(), data)
    return entry
