"""Which files are read, and in which order their tests are taken."""

import gc
from pathlib import Path

import pytest

RARE = ("graded", "alone", "browser")
"""Markers of few files."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where a rare marker is asked for, read no file without it: to import all takes longer than many a test."""
    asked = config.option.markexpr.partition(" ")[0]
    is_test = collection_path.match("test_*.py") and asked in RARE
    return True if is_test and f"mark.{asked}" not in collection_path.read_text("utf-8") else None


def pytest_collection() -> None:
    """Thousands of tests stay to the end: no garbage is looked for among them, now or later."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on what was made is looked at again."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that start servers first: what is slow must not be left over for one process at the end."""
    items.sort(key=lambda item: item.get_closest_marker("services") is None)


@pytest.fixture(scope="session")
def device_lab() -> None:
    """For tests that grade for a board: skipped, saying so, where this machine has no device lab."""
    from grader.devices.lab import Lab
    from tests.data_sets import MACHINE_HOME

    if not Lab(MACHINE_HOME / "devices").is_whole:
        pytest.skip("the device lab is absent: ./run devices")
