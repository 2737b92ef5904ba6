"""Where a job's bytes lie on their way in and out. The parent plans it, so nothing that comes out has to be parsed.

Input: files, then tensors. Output: arrays, room for the reply, room for the blob. Fresh: arrays.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from grader.sandbox.base import ArraySpec, Job, Tensors
from grader.sandbox.child import REPLY_BYTES
from grader.sandbox.conversation import Conversation, ProtocolError

ALIGNMENT = 64  # a cache line, and every vector unit's favourite


class _Shelf:
    """Hands out aligned places one after the other."""

    def __init__(self) -> None:
        self.size_bytes = 0

    def place(self, size_bytes: int) -> int:
        """The offset of a new place."""
        offset = self.size_bytes
        self.size_bytes = -(-(offset + size_bytes) // ALIGNMENT) * ALIGNMENT
        return offset


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of one job lies. `config` is what the child is told."""

    config: Mapping[str, Any]
    input_bytes: int
    output_bytes: int
    fresh_bytes: int


def lay_out(job: Job) -> Layout:
    """Plan all memfds. Raises TypeError for arrays that are not plain numbers."""
    inputs, outputs, fresh = _Shelf(), _Shelf(), _Shelf()
    config = {
        "task": job.task,
        "warm_up": job.warm_up,
        "arguments": dict(job.arguments),
        "files": {name: (inputs.place(len(content)), len(content)) for name, content in job.files.items()},
        "tensors": {
            name: _array(array.dtype, array.shape, inputs.place(array.nbytes)) for name, array in job.tensors.items()
        },
        "outputs": _arrays(job.outputs, outputs),
        "fresh": _arrays(job.fresh, fresh),
        "reply": outputs.place(REPLY_BYTES),
        "blob": outputs.place(job.blob_bytes),
        "blob_bytes": job.blob_bytes,
    }
    return Layout(config, max(inputs.size_bytes, ALIGNMENT), outputs.size_bytes, max(fresh.size_bytes, ALIGNMENT))


def _arrays(specs: Mapping[str, ArraySpec], shelf: _Shelf) -> dict[str, dict[str, Any]]:
    return {name: _array(np.dtype(spec.dtype), spec.shape, shelf.place(spec.nbytes)) for name, spec in specs.items()}


def _array(dtype: np.dtype[Any], shape: tuple[int, ...], offset: int) -> dict[str, Any]:
    if dtype.kind not in "biufc":
        raise TypeError(f"{dtype} cannot cross into the sandbox")
    return {"dtype": dtype.str, "shape": shape, "offset": offset}


def pieces(job: Job, layout: Layout) -> Iterator[tuple[int, memoryview]]:
    """What goes into the input, and where."""
    for name, (offset, _) in layout.config["files"].items():
        yield offset, memoryview(job.files[name])
    for name, place in layout.config["tensors"].items():
        yield place["offset"], np.ascontiguousarray(job.tensors[name]).reshape(-1).view(np.uint8).data


@dataclass(frozen=True, slots=True)
class Said:
    """A job's three kinds of answer, none of them to be trusted."""

    reply: Any = None
    blob: bytes = b""
    arrays: Tensors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """The output as its child left it. Read it only when the child is dead: nothing can change it then.

    read_bytes: (offset, size) -> the bytes there.
    """

    layout: Layout
    read_bytes: Callable[[int, int], bytes]

    def read(self, conversation: Conversation) -> Said:
        """Reply, blob and arrays, copied out. Raises ProtocolError for a reply that is not JSON."""
        config = self.layout.config
        blob = self.read_bytes(config["blob"], conversation.blob.size_bytes) if conversation.blob else b""
        arrays = {name: self._array(place) for name, place in config["outputs"].items()}
        return Said(self._reply(conversation), blob, arrays)

    def _reply(self, conversation: Conversation) -> Any:
        if conversation.reply is None:
            return None
        try:
            return msgspec.json.decode(self.read_bytes(self.layout.config["reply"], conversation.reply.size_bytes))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError("the reply is not JSON") from error

    def _array(self, place: Mapping[str, Any]) -> npt.NDArray[Any]:
        dtype = np.dtype(place["dtype"])
        content = self.read_bytes(place["offset"], dtype.itemsize * math.prod(place["shape"]))
        return np.frombuffer(content, dtype).reshape(place["shape"])
