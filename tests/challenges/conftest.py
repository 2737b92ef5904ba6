"""A Karui home of its own for every test, with a secret that is known."""

from pathlib import Path

import pytest

from challenges.datasets import DATASETS, dataset
from challenges.home import home

MACHINE_HOME = home()  # before any test has set another one


@pytest.fixture(autouse=True)
def karui_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """KARUI_HOME in a temporary folder; nothing of the real one is read or written."""
    monkeypatch.setenv("KARUI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KARUI_SPLIT_SECRET", raising=False)
    return tmp_path / "home"


@pytest.fixture
def data_sets(karui_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data sets of this machine, hidden items under a secret that stays the same; what is missing is made once."""
    monkeypatch.setenv("KARUI_SPLIT_SECRET", "tests")
    (MACHINE_HOME / "datasets").mkdir(parents=True, exist_ok=True)
    karui_home.mkdir(parents=True, exist_ok=True)
    (karui_home / "datasets").symlink_to(MACHINE_HOME / "datasets")
    for name in DATASETS:
        dataset(name).fetch()
