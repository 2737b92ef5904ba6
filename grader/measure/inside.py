"""The two loops that run inside the sandbox, whichever runtime the model needs: answer every item, and be timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.challenge import Items
from grader.errors import EntryRejected
from grader.runtimes.base import Session
from grader.sandbox.child import Call

BATCH = 64
SAME_ANSWER = 1e-3  # batch size changes the order of float sums
SAME_ITEMS = 0.95  # in a net of mixed precision that last bit now and then moves an int8 value by a whole step
SLICE_S = 0.004  # short against scheduler periods, long against the clock's own cost
WARM_UP_RUNS = 8
IDLE_RINGS = 64


def infer(call: Call, session: Session, output: str) -> None:
    """Fill `call.outputs[output]`, float32 [items, ...], from `call.tensors["inputs"]`."""
    inputs, outputs = call.tensors["inputs"], call.outputs[output]
    step = session.batch or (BATCH if _alone_as_in_a_batch(session, inputs[:BATCH]) else 1)
    for start in range(0, len(inputs), step):
        answer = session.run(inputs[start : start + step])
        outputs[start : start + step] = checked(answer, outputs[start : start + step])


def _alone_as_in_a_batch(session: Session, items: Items) -> bool:
    """Whether neighbours leave an item's answer alone. Dynamic quantization does not: its ranges are the batch's.

    A model for which this is false answers one by one, as it would on a device.
    """
    together = session.run(items)
    alone = [session.run(items[at : at + 1]) for at in range(len(items))]
    if any(answer.shape[1:] != together.shape[1:] for answer in alone):
        return False
    return same_answers(together, np.concatenate(alone))


def same_answers(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Whether two runs gave the same outputs, [items, ...] each, but for rounding. NaN equals NaN here."""
    close = np.isclose(one, other, rtol=SAME_ANSWER, atol=SAME_ANSWER, equal_nan=True)
    return bool(close.reshape(len(close), -1).all(axis=1).mean() >= SAME_ITEMS)


def checked(answer: npt.NDArray[Any], room: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The answer, if it has the shape and dtype of its room. Raises EntryRejected otherwise."""
    if answer.shape != room.shape:
        raise EntryRejected(
            "output_shape", found=", ".join(map(str, answer.shape)), expected=", ".join(map(str, room.shape))
        )
    if answer.dtype != room.dtype:
        raise EntryRejected("output_dtype", found=str(answer.dtype), expected=str(room.dtype))
    return answer


@dataclass(slots=True)
class Slices:
    """One model's samples: per slice the least thread CPU time of a run and that of the whole slice; wall time in all.

    The whole slice includes the loop around the runs, so that the sums can be held against the parent's clocks.
    """

    session: Session
    runs: int = 1
    done: int = 0
    min_ns: list[int] = field(default_factory=list)
    total_ns: list[int] = field(default_factory=list)
    wall_ns: int = 0

    def run(self, items: Items, keep: Callable[[int, npt.NDArray[Any]], None]) -> None:
        """Time one slice: `runs` single-item inferences, each on the next item, so that no answer can be reused."""
        times = []
        slice_wall_ns, slice_cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
        for _ in range(self.runs):
            index = self.done % len(items)
            item = items[index : index + 1]
            run_cpu_ns = time.thread_time_ns()
            answer = self.session.run(item)
            times.append(time.thread_time_ns() - run_cpu_ns)
            keep(index, answer)
            self.done += 1
        self.min_ns.append(min(times))
        self.total_ns.append(time.thread_time_ns() - slice_cpu_ns)
        self.wall_ns += time.perf_counter_ns() - slice_wall_ns

    def warm_up(self, items: Items) -> None:
        """Run a little, then choose how many runs fill a slice, and forget the samples."""
        self.runs = WARM_UP_RUNS
        self.run(items, discard)
        self.runs = max(1, round(SLICE_S * 1e9 / max(self.min_ns[0], 1)))
        self.done, self.wall_ns = 0, 0
        self.min_ns.clear()
        self.total_ns.clear()


def discard(index: int, answer: npt.NDArray[Any]) -> None:
    """Keep nothing of an answer."""


def serve(call: Call, load: Callable[[], Session]) -> None:
    """Answer one item after the other, each written by the parent when it wants to know how long it takes.

    First it rings a few times with nothing to do and nothing loaded, so that the parent learns what ringing costs.
    """
    for _ in range(IDLE_RINGS):
        call.mark("idle")
    session = load()
    while True:
        call.mark("next")
        if not call.fresh["more"][0]:
            return
        call.outputs["timed"][...] = checked(session.run(call.fresh["item"]), call.outputs["timed"])


def time_side_by_side(call: Call, reference: Session, entry: Session) -> None:
    """Alternate slices of both models in A B B A order until `budget_s` is spent.

    `call.tensors["inputs"]`: [items, ...], single items in this process's own order. Answers the samples and
    how many entry outputs were written to `call.outputs["timed"]`, where the parent checks them.
    """
    items, timed = call.tensors["inputs"], call.outputs["timed"]
    pair = Slices(reference), Slices(entry)
    for slices in pair:
        slices.warm_up(items)

    def keep(index: int, answer: npt.NDArray[Any]) -> None:
        timed[index] = answer[0]

    call.mark("start")
    end = time.perf_counter() + call.arguments["budget_s"]
    while time.perf_counter() < end:
        for which in (0, 1, 1, 0):
            pair[which].run(items, keep if which else discard)
    call.mark("stop")
    call.answer({"checked": min(pair[1].done, len(items)), "reference": samples(pair[0]), "entry": samples(pair[1])})


def samples(slices: Slices) -> dict[str, Any]:
    """The raw figures of one model, as JSON."""
    return {
        "runs": slices.runs,
        "min_ns": slices.min_ns,
        "total_ns": slices.total_ns,
        "wall_ns": slices.wall_ns,
    }
