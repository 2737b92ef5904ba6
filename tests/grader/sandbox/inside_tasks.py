"""Honest tasks for the tests of the sandbox: run in the cage as the module `inside_tasks`, or here by a fake."""

import json
import os
import time

import numpy as np

from grader.errors import EntryRejected
from grader.sandbox.child import REPLY_BYTES, Call


def echo(call: Call) -> None:
    """Everything there and back: tensors, a file as the blob, the arguments as the reply, and a mark."""
    for name, tensor in call.tensors.items():
        call.outputs[name][...] = tensor
    call.mark("copied")
    call.blob(call.file("model"))
    call.answer(call.arguments)


def be_silent(call: Call) -> None:
    """A task need not answer."""


def reject(call: Call) -> None:
    """Refuse the entry for a reason that has a sentence."""
    raise EntryRejected("blob_too_large", size_bytes=5, limit_bytes=call.arguments["limit_bytes"])


def reject_with_text(call: Call) -> None:
    """Refuse with text of the model's own choice."""
    raise EntryRejected("invalid_model", detail=call.arguments["text"])


def fail(call: Call) -> None:
    """What a runtime does with a broken model."""
    raise RuntimeError(call.arguments["text"])


def hand_over(call: Call) -> None:
    """A blob of `size_bytes`."""
    call.blob(bytes(call.arguments["size_bytes"]))


def answer_at_length(call: Call) -> None:
    """A reply of exactly the size that is allowed, plus `more`."""
    frame = len(json.dumps({"text": ""}, separators=(",", ":")))
    call.answer({"text": "x" * (REPLY_BYTES - frame + call.arguments["more"])})


def answer_with_numpy(call: Call) -> None:
    """Figures as numpy hands them out."""
    call.answer({"count": np.int64(3), "mean": np.float32(0.5), "kept": np.bool_(1)})


def reject_with_numpy(call: Call) -> None:
    """The same in a rejection."""
    raise EntryRejected("blob_too_large", size_bytes=np.int64(5), limit_bytes=np.int64(4))  # type: ignore[arg-type]


def answer_with_infinity(call: Call) -> None:
    """JSON has no word for it."""
    call.answer({"value": float("inf")})


def write_to_inputs(call: Call) -> None:
    """Inputs are shared and sealed."""
    call.tensors["x"][...] = 0


def work_between_marks(call: Call) -> None:
    """Burn 0.1 s of CPU time, and sleep as long, between marks; answer our own clocks."""
    call.mark("start")
    cpu = time.process_time_ns()
    while time.process_time_ns() - cpu < 100_000_000:
        pass
    burnt_ns = time.process_time_ns() - cpu
    call.mark("burnt")
    time.sleep(0.1)
    call.mark("slept")
    call.answer({"burnt_ns": burnt_ns})


def who_am_i(call: Call) -> None:
    """The user, the core, and the thread settings."""
    time.sleep(0.3)  # long enough for several jobs to be there at once
    call.answer({"uid": os.getuid(), "cores": sorted(os.sched_getaffinity(0)), "pid": os.getpid()})


def multiply(call: Call) -> None:
    """Numpy's BLAS works under the lock, on one thread."""
    product = call.tensors["x"] @ call.tensors["x"]
    call.outputs["x"][...] = np.asarray(product)


prepared: list[str] = []


def prepare(call: Call) -> None:
    """What is done before the lock."""
    prepared.append(call.arguments["word"])


def tell_prepared(call: Call) -> None:
    """Answer what was done before the lock."""
    call.answer({"prepared": prepared[-1:]})


def double(call: Call) -> None:
    """Twice what the parent writes, as long as it writes."""
    while True:
        call.mark("next")
        if not call.fresh["more"][0]:
            return
        call.outputs["twice"][...] = 2 * call.fresh["number"]
