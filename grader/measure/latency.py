"""Latency of an entry relative to the challenge's reference model, from fresh sandboxed processes."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from grader.challenge import Challenge, Items
from grader.errors import EntryRejected, GraderError
from grader.measure import programs
from grader.measure.estimator import ratio_with_interval
from grader.measure.inside import same_answers
from grader.measure.programs import Pair
from grader.measure.sandboxed import run
from grader.report import LatencyFacts, TimingProcess
from grader.runtimes.base import RUNTIMES, task
from grader.sandbox.base import ArraySpec, Job, Mark, Outcome, Sandbox
from grader.stages import Progress, Stage, silent

BUDGET_S = 0.5
HALF_WIDTH = 0.02  # of the interval, relative; stop when it is this narrow
TIMED_ITEMS = 256
CLOCK_AGREES = (0.80, 1.005)
"""Child's summed clock over the parent's window (measured on honest models: 0.92 to 0.997)."""
CLOCK_TRIES = 3
"""A busy machine may take the processor away between two slices; who plays with the clock does so in every process."""


class ClockDisagrees(EntryRejected):
    """What the child says of its own time is not what the parent saw."""


class ClockStoodStill(GraderError):
    """An inference that took no time at all: a virtual machine's clock now and then does not move on."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What the child says about one model."""

    runs: int
    min_ns: tuple[int, ...]
    total_ns: tuple[int, ...]
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The child's answer to one timing job."""

    checked: int
    reference: Samples
    entry: Samples


def measure(
    model: bytes,
    answers: npt.NDArray[Any],
    challenge: Challenge,
    sandbox: Sandbox,
    progress: Progress = silent,
    most: int | None = None,
    *,
    model_format: str = "onnx",
) -> LatencyFacts:
    """Time the model against the baseline in its own runtime until the interval is narrow or enough processes have run.

    answers: float32 [items, ...], the model's untimed outputs on `challenge.evaluation`: timed ones must equal them.
    """
    pair = Pair(model_format, challenge.reference_in(model_format), model)
    runtime = RUNTIMES[model_format]
    one = programs.one_pair if runtime.program else _one_agreeing
    processes: list[TimingProcess] = []
    fewest, limit = runtime.processes
    most = most or limit
    while not _enough(processes, fewest, most):
        progress(Stage.TIME, len(processes) / most)
        processes.append(one(pair, answers, challenge, sandbox))
    return facts_of(processes, _onnx_reference_ns(processes, model_format, challenge, sandbox))


def facts_of(processes: Sequence[TimingProcess], onnx_reference_ns: int) -> LatencyFacts:
    """What raw samples say, wherever they were taken."""
    ratio, interval = ratio_with_interval(processes)
    return LatencyFacts(
        ratio=ratio,
        interval=interval,
        noisy=not _narrow(processes),
        reference_ns=min(min(process.reference_min_ns) for process in processes),
        entry_ns=min(min(process.entry_min_ns) for process in processes),
        processes=tuple(processes),
        onnx_reference_ns=onnx_reference_ns,
    )


def _onnx_reference_ns(
    processes: Sequence[TimingProcess], model_format: str, challenge: Challenge, sandbox: Sandbox
) -> int:
    """The baseline's time in ONNX Runtime, from one process of its own where the entry runs in another one."""
    if model_format == "onnx":
        return min(min(process.reference_min_ns) for process in processes)
    inputs = challenge.evaluation.inputs[:TIMED_ITEMS]
    outcome = run(sandbox, _job(Pair("onnx", challenge.reference, challenge.reference), inputs, challenge))
    return min(msgspec.convert(outcome.reply, Reply).reference.min_ns)


def _enough(processes: Sequence[TimingProcess], fewest: int, most: int) -> bool:
    return len(processes) == most or (len(processes) >= fewest and _narrow(processes))


def _narrow(processes: Sequence[TimingProcess]) -> bool:
    ratio, (_, high) = ratio_with_interval(processes)
    return high / ratio - 1 < HALF_WIDTH


def _one_agreeing(pair: Pair, answers: npt.NDArray[Any], challenge: Challenge, sandbox: Sandbox) -> TimingProcess:
    """One process whose clock went and agrees with the parent's. Raises what the last one of a few raised otherwise."""
    for _ in range(CLOCK_TRIES - 1):
        with suppress(ClockDisagrees, ClockStoodStill):
            return _one_process(pair, answers, challenge, sandbox)
    return _one_process(pair, answers, challenge, sandbox)


def _one_process(pair: Pair, answers: npt.NDArray[Any], challenge: Challenge, sandbox: Sandbox) -> TimingProcess:
    """One fresh process with items in an order of its own, its clock and its answers checked."""
    inputs = challenge.evaluation.inputs
    order = np.array(random.SystemRandom().sample(range(len(inputs)), min(TIMED_ITEMS, len(inputs))))
    outcome = run(sandbox, _job(pair, inputs[order], challenge))
    reply = msgspec.convert(outcome.reply, Reply)
    _check_clock(outcome, reply)
    timed = outcome.arrays["timed"][: reply.checked]
    if not same_answers(timed, answers[order][: reply.checked]):
        raise EntryRejected("timed_answers_differ")
    return TimingProcess(
        runs_per_slice=(reply.reference.runs, reply.entry.runs),
        reference_min_ns=reply.reference.min_ns,
        reference_total_ns=reply.reference.total_ns,
        entry_min_ns=reply.entry.min_ns,
        entry_total_ns=reply.entry.total_ns,
    )


def _job(pair: Pair, items: Items, challenge: Challenge) -> Job:
    shape = challenge.rules.output.batched(len(items))
    return Job(
        task=task(pair.model_format, "timing"),
        files={"model": pair.entry, "reference": pair.reference},
        tensors={"inputs": items},
        outputs={"timed": ArraySpec(challenge.rules.output.dtype, shape)},
        arguments={"budget_s": BUDGET_S},
    )


def _check_clock(outcome: Outcome, reply: Reply) -> None:
    """Refuse a child whose clocks stood still or disagree with the parent's window.

    Raises ClockStoodStill, ClockDisagrees.
    """
    if min(*reply.reference.min_ns, *reply.entry.min_ns) <= 0:
        raise ClockStoodStill("timing_incomplete")
    marks = {mark.name: mark for mark in outcome.marks}
    if set(marks) != {"start", "stop"}:
        raise GraderError("timing_incomplete")
    wall, cpu = _window(marks["start"], marks["stop"])
    summed_wall = reply.reference.wall_ns + reply.entry.wall_ns
    summed_cpu = sum(reply.reference.total_ns) + sum(reply.entry.total_ns)
    for share in (summed_wall / wall, summed_cpu / cpu):
        if not CLOCK_AGREES[0] <= share <= CLOCK_AGREES[1]:
            raise ClockDisagrees("timing_mismatch")


def _window(start: Mark, stop: Mark) -> tuple[int, int]:
    return max(stop.wall_ns - start.wall_ns, 1), max(stop.cpu_ns - start.cpu_ns, 1)
