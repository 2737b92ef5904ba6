"""The process inside the cage: import the task, shut the door, run the task on the untrusted model, report.

Started by the parent with a sealed memfd of JSON that says what to do. Everything here is trusted until `lock` has been
applied and the task touches the model; from then on the parent believes nothing that this process says.
"""

import json
import mmap
import os
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.errors import EntryRejected
from grader.sandbox import lock

REPLY_BYTES = 1 << 20
TEXT_CHARS = 200
DETAIL_CHARS = 300
OUT_OF_MEMORY = ("bad_alloc", "failed to allocate memory", "unable to allocate", "cannot allocate memory")

Message = Mapping[str, Any]
Tell = Callable[[Message], None]


class Call:
    """What a task gets: the model's bytes, arrays to read, arrays to fill, and three ways to answer.

    fresh: arrays that the parent may fill anew at each mark.
    """

    def __init__(self, config: Mapping[str, Any], inputs: Any, outputs: Any, fresh: Any, tell: Tell) -> None:
        """Views into `inputs` and `fresh` (read-only buffers) and `outputs` (writable), placed as `config` says."""
        self.arguments: Mapping[str, Any] = config["arguments"]
        self.tensors: Mapping[str, npt.NDArray[Any]] = views(config["tensors"], inputs)
        self.outputs: Mapping[str, npt.NDArray[Any]] = views(config["outputs"], outputs)
        self.fresh: Mapping[str, npt.NDArray[Any]] = views(config["fresh"], fresh)
        self._files = config["files"]
        self._inputs, self._room = inputs, outputs
        self._reply_at, self._blob_at, self._blob_bytes = config["reply"], config["blob"], config["blob_bytes"]
        self._tell = tell

    def file(self, name: str) -> bytes:
        """The bytes of one of `Job.files`."""
        offset, size_bytes = self._files[name]
        return bytes(self._inputs[offset : offset + size_bytes])

    def answer(self, reply: Mapping[str, Any]) -> None:
        """Hand the job's one JSON answer to the parent. Raises ValueError above 1 MiB or for NaN and infinity."""
        text = json.dumps(reply, allow_nan=False, separators=(",", ":"), default=plain).encode()
        if len(text) > REPLY_BYTES:
            raise ValueError(f"an answer of {len(text)} bytes, {REPLY_BYTES} are allowed")
        self._room[self._reply_at : self._reply_at + len(text)] = text
        self._tell({"event": "reply", "size_bytes": len(text)})

    def blob(self, content: bytes) -> None:
        """Hand over the job's one free-form file. Raises EntryRejected above `Job.blob_bytes`."""
        if len(content) > self._blob_bytes:
            raise EntryRejected("blob_too_large", size_bytes=len(content), limit_bytes=self._blob_bytes)
        self._room[self._blob_at : self._blob_at + len(content)] = content
        self._tell({"event": "blob", "size_bytes": len(content)})

    def mark(self, name: str) -> None:
        """Have the parent stamp its own clocks now. Returns once it has, so a window between marks is never short."""
        self._tell({"event": "mark", "name": name})


def views(places: Mapping[str, Any], buffer: Any) -> dict[str, npt.NDArray[Any]]:
    """Arrays in a buffer, where the layout says that they are."""
    return {
        name: np.ndarray(place["shape"], dtype=place["dtype"], buffer=buffer, offset=place["offset"])
        for name, place in places.items()
    }


def attempt(task: Callable[[Call], None], call: Call) -> Message:
    """Run the task and put its end into one message, whatever it raises."""
    try:
        task(call)
    except EntryRejected as rejection:
        if _out_of_memory(rejection) or _out_of_memory(rejection.__cause__):
            return _failure(rejection)
        params = {name: _short(plain(value), TEXT_CHARS) for name, value in rejection.params.items()}
        return {"event": "rejected", "code": rejection.code, "params": params}
    except BaseException as error:  # a model can make its runtime raise anything, SystemExit too
        return _failure(error)
    return {"event": "done"}


def _failure(error: BaseException) -> Message:
    traceback.print_exception(error, limit=-8)
    detail = f"{type(error).__name__}: {error}"
    return {"event": "failed", "detail": _short(detail, DETAIL_CHARS), "out_of_memory": _out_of_memory(error)}


def _out_of_memory(error: BaseException | None) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in said for sign in OUT_OF_MEMORY)


def plain(value: Any) -> Any:
    """numpy's scalars as Python's, everything else as text unless JSON has it."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | int | float) else str(value)


def _short(value: Any, limit: int) -> Any:
    return value[:limit] if isinstance(value, str) else value


def find_task(name: str) -> Callable[[Call], None]:
    """Import "module:function"."""
    module, _, function = name.partition(":")
    task: Callable[[Call], None] = getattr(import_module(module), function)
    return task


class Line:
    """The control pipes. Every message is answered with one byte, so the parent is never behind."""

    def __init__(self, to_parent: int, from_parent: int) -> None:
        self._to_parent, self._from_parent = to_parent, from_parent

    def tell(self, message: Message) -> None:
        """Send one JSON line and wait until the parent has taken it."""
        os.write(self._to_parent, json.dumps(message).encode() + b"\n")
        if not os.read(self._from_parent, 1):
            os._exit(1)  # the parent has given up on us


def main(config_fd: int) -> None:
    """Do the one job that the config describes, then leave without running anybody's exit handlers."""
    with os.fdopen(config_fd, "rb") as source:
        config = json.load(source)
    line = Line(config["to_parent_fd"], config["from_parent_fd"])
    task = find_task(config["task"])
    inputs = mmap.mmap(config["input_fd"], 0, prot=mmap.PROT_READ)
    outputs = mmap.mmap(config["output_fd"], 0)
    fresh = mmap.mmap(config["fresh_fd"], 0, prot=mmap.PROT_READ)
    call = Call(config, inputs, outputs, fresh, line.tell)
    if config["warm_up"]:
        find_task(config["warm_up"])(call)
    if config["lock"]:
        lock.apply(config["lock"])
    line.tell({"event": "locked"})
    line.tell(attempt(task, call))
    os._exit(0)
