"""This machine's data sets, lent to a home that belongs to a test."""

import os
from pathlib import Path

import pytest

from challenges.datasets import DATASETS, dataset
from challenges.home import SECRET_VARIABLE, home

MACHINE_HOME = home()  # before any test has set another one
SECRET = {SECRET_VARIABLE: "tests"}
"""A secret that stays the same, so that hidden items are made once on a machine and not once in every test."""


def lend(borrower: Path) -> None:
    """Show the machine's data sets in another home; what is missing is made or downloaded first."""
    kept = MACHINE_HOME / "datasets"
    kept.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "KARUI_HOME", str(MACHINE_HOME))
        patch.setitem(os.environ, SECRET_VARIABLE, SECRET[SECRET_VARIABLE])
        for name in DATASETS:
            if not dataset(name).is_present():
                dataset(name).fetch()
    borrower.mkdir(parents=True, exist_ok=True)
    (borrower / "datasets").symlink_to(kept, target_is_directory=True)
