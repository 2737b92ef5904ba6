"""What tests of the grader share."""

from collections.abc import Iterator

import pytest

from tests.grader import timing


@pytest.fixture
def three_processes() -> Iterator[None]:
    """Timing for tests that are about something else."""
    with timing.three_processes():
        yield
