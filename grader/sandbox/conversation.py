"""What the child may say, and in which order. Anything else is interference with the measurement.

One JSON line at a time, each answered by the parent before the next: a second line before the answer, a line that is
too long, an unknown field, a second reply are all protocol errors.
"""

import time
from collections.abc import Callable
from typing import Annotated

import msgspec

from grader import wording
from grader.sandbox.base import Mark
from grader.sandbox.child import DETAIL_CHARS, REPLY_BYTES, TEXT_CHARS

LINE_BYTES = 8192
MARKS = 4096

Size = Annotated[int, msgspec.Meta(ge=0)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARS)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,64}$")]


class ProtocolError(Exception):
    """The child said something that no task of ours says."""


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event"):
    pass


class Locked(_Message, frozen=True, tag="locked"):
    """Imports are done and the filter is on; the model comes next."""


class Marked(_Message, frozen=True, tag="mark"):
    """Stamp your clocks."""

    name: Name


class Reply(_Message, frozen=True, tag="reply"):
    """A JSON answer lies in the output."""

    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=REPLY_BYTES)]


class Blob(_Message, frozen=True, tag="blob"):
    """A free-form answer lies in the output."""

    size_bytes: Size


class Done(_Message, frozen=True, tag="done"):
    """The task returned."""


class Rejected(_Message, frozen=True, tag="rejected"):
    """The task raised EntryRejected."""

    code: Name
    params: Annotated[dict[Name, Text | int | float], msgspec.Meta(max_length=16)]


class Failed(_Message, frozen=True, tag="failed"):
    """The task raised something else."""

    detail: Annotated[str, msgspec.Meta(max_length=DETAIL_CHARS)]
    out_of_memory: bool


Ending = Done | Rejected | Failed
_decoder: msgspec.json.Decoder[Locked | Marked | Reply | Blob | Done | Rejected | Failed] = msgspec.json.Decoder(
    Locked | Marked | Reply | Blob | Done | Rejected | Failed
)


class Conversation:
    """One job's messages so far. At a mark `cpu_clock_ns` reads the CPU time of the child, then `ring` is called."""

    def __init__(
        self,
        cpu_clock_ns: Callable[[], int] = time.process_time_ns,
        blob_bytes: int = 0,
        ring: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.cpu_clock_ns = cpu_clock_ns
        self._ring = ring
        self.locked_ns: int | None = None
        self.marks: list[Mark] = []
        self.reply: Reply | None = None
        self.blob: Blob | None = None
        self.ending: Ending | None = None
        self._blob_bytes = blob_bytes
        self._pending = b""

    def hear(self, chunk: bytes) -> bool:
        """Take what came through the pipe; True when it completed a line, which is then to be answered."""
        wall_ns = time.monotonic_ns()
        self._pending += chunk
        line, newline, rest = self._pending.partition(b"\n")
        if len(line) > LINE_BYTES or rest:
            raise ProtocolError("spoke out of turn")
        if not newline:
            return False
        self._pending = b""
        self._take(line, wall_ns)
        return True

    def _take(self, line: bytes, wall_ns: int) -> None:
        try:
            message = _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError("not a message") from error
        if self.ending or isinstance(message, Locked) == (self.locked_ns is not None):
            raise ProtocolError("out of order")
        match message:
            case Locked():
                self.locked_ns = wall_ns
            case Marked(name):
                self._stamp(name, wall_ns)
            case Reply() if self.reply is None:
                self.reply = message
            case Blob(size_bytes) if self.blob is None and size_bytes <= self._blob_bytes:
                self.blob = message
            case Done() | Failed():
                self.ending = message
            case Rejected():
                self.ending = _speakable(message)
            case _:
                raise ProtocolError("said twice or too much")

    def _stamp(self, name: str, wall_ns: int) -> None:
        if len(self.marks) >= MARKS:
            raise ProtocolError("too many marks")
        self.marks.append(Mark(name, wall_ns, self.cpu_clock_ns()))
        self._ring(name)


def _speakable(rejection: Rejected) -> Rejected:
    """The rejection, its text made harmless. Raises ProtocolError where `grader.wording` has no sentence for it."""
    params = {name: printable(value) if isinstance(value, str) else value for name, value in rejection.params.items()}
    try:
        for language in wording.LANGUAGES:
            wording.say(rejection.code, params, language)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise ProtocolError(f"no sentence for {rejection.code}") from error
    return Rejected(rejection.code, params)


def printable(text: str) -> str:
    """Text with every control, format and bidirectional character shown as an escape."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def printable_log(raw: bytes) -> str:
    """What the child printed, line by line, escaped."""
    return "\n".join(printable(line) for line in raw.decode("utf-8", "backslashreplace").splitlines())
