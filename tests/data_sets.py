"""This machine's data sets, measured baselines and device lab, lent to a home that belongs to a test."""

import os
from pathlib import Path

import pytest

from challenges.datasets import DATASETS, dataset
from challenges.home import SECRET_VARIABLE, home

MACHINE_HOME = home()  # before any test has set another one
SECRET = {SECRET_VARIABLE: "tests"}
"""A secret that stays the same, so that hidden items are made and measured once on a machine and not in every test."""


def lend(borrower: Path) -> None:
    """Show them in another home. Data that is missing is made or downloaded first, a baseline is measured when needed,
    a lab that is missing stays so.

    The name of a kept baseline is a digest of everything that it depends on, so that none is ever taken for another.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "KARUI_HOME", str(MACHINE_HOME))
        patch.setitem(os.environ, SECRET_VARIABLE, SECRET[SECRET_VARIABLE])
        for name in DATASETS:
            if not dataset(name).is_present():
                dataset(name).fetch()
    borrower.mkdir(parents=True, exist_ok=True)
    for folder in ("datasets", "baselines", "devices"):
        (MACHINE_HOME / folder).mkdir(parents=True, exist_ok=True)
        (borrower / folder).symlink_to(MACHINE_HOME / folder, target_is_directory=True)
