"""A Karui home of its own for every test, with a secret that is known."""

from pathlib import Path

import pytest

from tests.data_sets import SECRET, lend


@pytest.fixture(autouse=True)
def karui_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """KARUI_HOME in a temporary folder; nothing of the real one is read or written."""
    monkeypatch.setenv("KARUI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KARUI_SPLIT_SECRET", raising=False)
    return tmp_path / "home"


@pytest.fixture
def data_sets(karui_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data sets of this machine in the test's own home."""
    lend(karui_home)
    for name, value in SECRET.items():
        monkeypatch.setenv(name, value)
