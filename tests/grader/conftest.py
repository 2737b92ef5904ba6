"""What tests of the grader share."""

from dataclasses import replace

import pytest

from grader.runtimes.base import RUNTIMES


@pytest.fixture
def three_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timing for tests that are about something else: real, by the fewest processes that give an interval."""
    monkeypatch.setitem(RUNTIMES, "onnx", replace(RUNTIMES["onnx"], processes=(3, 3)))  # type: ignore[arg-type]  # a dict
