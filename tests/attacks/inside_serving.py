"""Programs that are timed by the parent's clock, honest and otherwise; shown inside as the module `inside_serving`.

The model's bytes name the behaviour. Each item costs about a millisecond of arithmetic.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.measure import inside
from grader.sandbox.child import Call

ROUNDS = 12
WEIGHTS = np.random.default_rng(0).standard_normal((784, 10)).astype(np.float32)


def answer(item: Any) -> Any:
    """[1, 1, 28, 28] -> [1, 10], with work that no result needs."""
    for _ in range(ROUNDS):
        np.tanh(np.repeat(item.reshape(-1), 10)).sum()
    return item.reshape(1, -1) @ WEIGHTS


class Honest:
    """Computes each answer when it is asked."""

    batch = 1

    def run(self, batch: Any) -> Any:
        """One answer."""
        return answer(batch)


class Constant(Honest):
    """Computes the first answer and gives it for ever."""

    def __init__(self) -> None:
        self._kept: Any = None

    def run(self, batch: Any) -> Any:
        """The first answer."""
        if self._kept is None:
            self._kept = answer(batch)
        return self._kept


class Silent(Honest):
    """Claims to be done at once, and hopes that nothing counts as an answer."""

    def run(self, batch: Any) -> Any:
        """Not a number."""
        return np.full((1, 10), np.nan, np.float32)


class Late(Honest):
    """Answers with what it computed for the item before, to compute in its own time."""

    def __init__(self) -> None:
        self._last = np.zeros((1, 10), np.float32)

    def run(self, batch: Any) -> Any:
        """The answer that was asked for last time."""
        given, self._last = self._last, answer(batch)
        return given


def turn_clocks() -> Honest:
    """Let every clock of this process stand still."""
    for name in ("perf_counter", "perf_counter_ns", "thread_time_ns", "process_time_ns", "monotonic_ns"):
        setattr(time, name, lambda: 1)
    return Honest()


SESSIONS: dict[str, Callable[[], Honest]] = {
    "honest": Honest,
    "constant": Constant,
    "silent": Silent,
    "late": Late,
    "clocks": turn_clocks,
}


def warm_up(call: Call) -> None:
    """Nothing to do before the lock."""


def serve(call: Call) -> None:
    """The examination, or one of the ways around it."""
    name = call.file("model").decode()
    if name == "rings":
        inside.serve(call, lambda: dear_rings(call))
    elif name == "skips":
        inside.serve(call, lambda: Skipping(call))
    else:
        inside.serve(call, SESSIONS[name])


def dear_rings(call: Call) -> Honest:
    """Ring idly for a long time, so that ringing seems to cost much and much is taken off."""
    for _ in range(200):
        answer(np.zeros((1, 1, 28, 28), np.float32))
        call.mark("idle")
    return Honest()


class Skipping(Honest):
    """Rings several times for one answer, so that an item seems to cost a fraction."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def run(self, batch: Any) -> Any:
        """One answer and two rings."""
        self._call.mark("next")
        return answer(batch)


def write_fresh(call: Call) -> None:
    """Try to write where only the parent writes, through every descriptor."""
    failures = []
    for fd in range(3, 20):
        try:
            os.pwrite(fd, b"x", 0)
        except OSError as error:
            failures.append(error.errno)
    call.mark("next")
    call.answer({"seen": float(call.fresh["item"].sum()), "failures": len(failures)})
