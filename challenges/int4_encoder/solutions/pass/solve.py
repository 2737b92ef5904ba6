"""Products in 4 bits, the table of words in 8: the cautious way, and small enough."""

import runpy
from pathlib import Path

from challenges.datasets.base import Dataset

REFERENCE = Path(__file__).parents[1] / "reference" / "solve.py"


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return runpy.run_path(str(REFERENCE))["build"](baseline, words=(128, 8), products=(32, 4))
