"""A clock that disagrees once is a busy machine's; one that disagrees each time is the entry's own doing."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from grader.errors import EntryRejected
from grader.measure import latency
from grader.measure.latency import CLOCK_TRIES, ClockDisagrees
from grader.report import TimingProcess
from tests.grader.challenges import small_challenge
from tests.models import linear

TIMES = (1_000,) * 32
GOOD = TimingProcess(
    runs_per_slice=(1, 1),
    reference_min_ns=TIMES,
    reference_total_ns=TIMES,
    entry_min_ns=TIMES,
    entry_total_ns=TIMES,
)


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., float]:
    """The ratio measured where the first processes disagree with the parent's clock."""

    def timed(disagreeing: int) -> float:
        left: Iterator[int] = iter(range(disagreeing))

        def process(*_: Any) -> TimingProcess:
            if next(left, None) is None:
                return GOOD
            raise ClockDisagrees("timing_mismatch")

        monkeypatch.setattr(latency, "_one_process", process)
        sandbox: Any = None
        return latency.measure(b"model", np.zeros((1, 10)), small_challenge(linear()), sandbox).ratio

    return timed


def test_a_process_that_was_disturbed_is_measured_again(timed: Callable[..., float]) -> None:
    assert timed(CLOCK_TRIES - 1) == 1


def test_a_clock_that_never_agrees_is_refused(timed: Callable[..., float]) -> None:
    with pytest.raises(EntryRejected, match="timing_mismatch"):
        timed(CLOCK_TRIES)
