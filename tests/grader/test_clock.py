"""A clock that disagrees once is a busy machine's; one that disagrees each time is the entry's own doing.

One that stands still is never the entry's: it is measured again, and if that does not help the fault is ours.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.errors import EntryRejected, GraderError
from grader.measure import latency
from grader.measure.latency import CLOCK_TRIES, Reply, Samples
from grader.sandbox.base import Job, Mark, Outcome, Verdict
from tests.grader.challenges import small_challenge
from tests.models import linear

TIMES = (1_000,) * 32
STILL = (1_000,) * 31 + (0,)


@dataclass
class Child:
    """A sandbox whose process says what a test wants: `replies` first, then good ones. Its answers are all zero."""

    replies: list[Reply]

    def run(self, _: Job) -> Outcome:
        """One timing process."""
        reply = self.replies.pop(0) if self.replies else said()
        marks = Mark("start", 0, 0), Mark("stop", 66_000, 66_000)
        timed = np.zeros((256, 10), np.float32)
        return Outcome(verdict=Verdict.OK, reply=msgspec.to_builtins(reply), marks=marks, arrays={"timed": timed})


def said(entry_min_ns: tuple[int, ...] = TIMES, wall_ns: int = 32_000) -> Reply:
    """What a process says of two models that take the same time."""
    good = Samples(runs=1, min_ns=TIMES, total_ns=TIMES, wall_ns=32_000)
    return Reply(checked=1, reference=good, entry=Samples(1, entry_min_ns, TIMES, wall_ns))


def ratio(*replies: Reply) -> float:
    """The ratio measured where the first processes say this."""
    child: Any = Child(list(replies))
    return latency.measure(b"model", np.zeros((400, 10), np.float32), small_challenge(linear()), child).ratio


def test_a_process_that_was_disturbed_is_measured_again() -> None:
    assert ratio(*[said(wall_ns=1)] * (CLOCK_TRIES - 1)) == 1


def test_a_clock_that_never_agrees_is_refused() -> None:
    with pytest.raises(EntryRejected, match="timing_mismatch"):
        ratio(*[said(wall_ns=1)] * CLOCK_TRIES)


def test_a_clock_that_stood_still_is_asked_again() -> None:
    assert ratio(*[said(STILL)] * (CLOCK_TRIES - 1)) == 1


def test_a_clock_that_always_stands_still_is_our_fault() -> None:
    with pytest.raises(GraderError, match="timing_incomplete") as caught:
        ratio(*[said(STILL)] * CLOCK_TRIES)
    assert caught.value.blame == "grader"
