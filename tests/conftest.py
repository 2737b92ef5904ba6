"""In which order tests are taken."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that start servers first: what is slow must not be left over for one process at the end."""
    items.sort(key=lambda item: item.get_closest_marker("services") is None)
