"""Timing of programs by the parent's clock alone: a format that is code could turn its own clock, and has.

Reference and entry live in processes of their own, which take turns. An item is written only when the process has
asked for it, so nothing can be computed ahead, nor several items at once; the output is filled with NaN before and
taken at the next ring. What counts is the CPU time of the whole process by the kernel's account between two rings,
less what a ring costs, and of a block of items the mean, so that a few answers known by heart gain nothing.
"""

import random
import statistics
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.challenge import Challenge, Items
from grader.errors import EntryRejected, GraderError
from grader.measure.inside import IDLE_RINGS, same_answers
from grader.measure.sandboxed import run
from grader.report import TimingProcess
from grader.runtimes.base import RUNTIMES
from grader.sandbox.base import ArraySpec, Job, Mark, Outcome, Sandbox, Tensors

BLOCK = 8  # items of one process before the other one's turn
BLOCKS = 24
WARM_UP_BLOCKS = 2
TURN_S = 60.0


@dataclass(frozen=True, slots=True)
class Pair:
    """The two models that are timed against each other, in one format."""

    model_format: str
    reference: bytes = field(repr=False)
    entry: bytes = field(repr=False)


class Turns:
    """Lets one of two processes go on at a time, a block of items each, in A B B A order."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._block = self._done = 0
        self._gone: set[int] = set()

    def take(self, who: int) -> None:
        """Wait until `who` may have its next item. Raises GraderError if that never comes."""
        with self._changed:
            if self._owner() == who and self._done == BLOCK:
                self._block, self._done = self._block + 1, 0
                self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._owner() == who, TURN_S):
                raise GraderError("timing_incomplete")
            self._done += 1

    def leave(self, who: int) -> None:
        """`who` needs no more turns."""
        with self._changed:
            self._gone.add(who)
            self._done = 0
            self._changed.notify_all()

    def _owner(self) -> int:
        owner = (0, 1, 1, 0)[self._block % 4]
        return 1 - owner if owner in self._gone else owner


@dataclass(slots=True)
class Examiner:
    """The bell of one process: hands out items, one at a time, and keeps what was answered."""

    who: int
    turns: Turns
    items: Items
    answers: list[npt.NDArray[Any]] = field(default_factory=list)
    asked: int = 0

    def ring(self, name: str, fresh: Tensors, outputs: Tensors) -> None:
        """Take the answer to the last item and write the next one. See `grader.sandbox.base.Job`."""
        if name != "next":
            return
        if self.asked:
            self.answers.append(outputs["timed"].copy())
        self.turns.take(self.who)
        more = self.asked < len(self.items)
        fresh["more"][0] = more
        if more:
            outputs["timed"][...] = np.nan
            fresh["item"][0] = self.items[self.asked]
            self.asked += 1


def one_pair(pair: Pair, answers: npt.NDArray[Any], challenge: Challenge, sandbox: Sandbox) -> TimingProcess:
    """Time reference and entry in two fresh processes, on the same items in a new order.

    answers: the entry's untimed outputs on `challenge.evaluation`. Raises EntryRejected if timed ones differ.
    """
    inputs = challenge.evaluation.inputs
    count = min(len(inputs) // BLOCK, WARM_UP_BLOCKS + BLOCKS) * BLOCK
    order = np.array(random.SystemRandom().sample(range(len(inputs)), count))
    turns = Turns()
    examiners = [Examiner(who, turns, inputs[order]) for who in (0, 1)]
    with ThreadPoolExecutor(2) as threads:
        jobs = [
            threads.submit(_sit, examiner, pair.model_format, model, challenge, sandbox)
            for examiner, model in zip(examiners, (pair.reference, pair.entry), strict=True)
        ]
    entry, reference = jobs[1].result(), jobs[0].result()  # what the entry did is said first
    if not same_answers(np.concatenate(examiners[1].answers), answers[order]):
        raise EntryRejected("timed_answers_differ")
    totals = [block_totals_ns(outcome.marks, count) for outcome in (reference, entry)]
    means = [tuple(max(total // BLOCK, 1) for total in each) for each in totals]
    return TimingProcess(
        runs_per_slice=(BLOCK, BLOCK),
        reference_min_ns=means[0],
        reference_total_ns=totals[0],
        entry_min_ns=means[1],
        entry_total_ns=totals[1],
    )


def _sit(examiner: Examiner, model_format: str, model: bytes, challenge: Challenge, sandbox: Sandbox) -> Outcome:
    """One process through the whole examination."""
    rules, runtime = challenge.rules, RUNTIMES[model_format]
    job = Job(
        task=f"{runtime.module}:serve",
        files={"model": model},
        outputs={"timed": ArraySpec(rules.output.dtype, rules.output.batched(1))},
        fresh={"item": ArraySpec(rules.input.dtype, rules.input.batched(1)), "more": ArraySpec("int64", (1,))},
        bell=examiner.ring,
        **runtime.caged(),
    )
    try:
        return run(sandbox, job)
    finally:
        examiner.turns.leave(examiner.who)


def block_totals_ns(marks: Sequence[Mark], count: int) -> tuple[int, ...]:
    """CPU time of each block of answers after the warm-up, less its rings. Raises EntryRejected for marks amiss."""
    idle = [mark.cpu_ns for mark in marks if mark.name == "idle"]
    busy = [mark.cpu_ns for mark in marks if mark.name == "next"]
    if len(idle) != IDLE_RINGS or len(busy) != count + 1:
        raise EntryRejected("timing_mismatch")
    ring_ns = round(statistics.median(later - earlier for earlier, later in pairwise(idle)))
    spent = [later - earlier - ring_ns for earlier, later in pairwise(busy)]
    blocks = [sum(spent[at : at + BLOCK]) for at in range(0, count, BLOCK)]
    return tuple(max(total, 1) for total in blocks[WARM_UP_BLOCKS:])
