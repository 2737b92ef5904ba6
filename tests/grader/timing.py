"""Timing for tests that are about something else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from grader.runtimes.base import RUNTIMES


@contextmanager
def three_processes() -> Iterator[None]:
    """Real, by the fewest processes that give an interval: beside other tests it would hardly ever get narrow."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("onnx", "tflite"):
            patch.setitem(RUNTIMES, name, replace(RUNTIMES[name], processes=(3, 3)))  # type: ignore[arg-type]  # a dict
        yield
