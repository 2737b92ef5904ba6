"""Watch one caged process from its release to its end: read what it says and prints, answer it, stop it in time."""

import contextlib
import os
import selectors
import time
from io import FileIO

from grader.sandbox.cage import Cage
from grader.sandbox.conversation import Conversation, ProtocolError
from grader.sandbox.ending import PRINT_LIMIT_BYTES, Ending, Stop
from grader.sandbox.limits import Limits

CHUNK_BYTES = 1 << 16
SAMPLE_S = 0.05


class Supervisor:
    """Reads control line and log of one cage. `answer` is the pipe on which the child waits after each message."""

    def __init__(self, cage: Cage, limits: Limits, control: FileIO, answer: FileIO, conversation: Conversation) -> None:
        self._cage, self._limits = cage, limits
        self._control, self._answer, self._conversation = control, answer, conversation
        self._log = bytearray()
        self._printed_bytes = 0
        self._stop: Stop | None = None
        self._reason = ""

    def watch(self) -> Ending:
        """Follow the process until it is dead, and say how it died."""
        started = time.monotonic()
        for pipe in (self._control, self._cage.log):
            os.set_blocking(pipe.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ, self._listen)
            selector.register(self._cage.log, selectors.EVENT_READ, self._note)
            selector.register(self._cage.init_pidfd, selectors.EVENT_READ)
            self._follow(selector, started + self._limits.wall_s)
        return self._conclude(started)

    def _follow(self, selector: selectors.BaseSelector, deadline: float) -> None:
        while not self._stop:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                self._stop = Stop.WALL
                return
            ready = [key for key, _ in selector.select(min(left_s, SAMPLE_S))]
            self._cage.sample()
            for key in ready:
                if key.data and key.data() == b"":
                    selector.unregister(key.fileobj)
            if any(key.data is None for key in ready):
                return

    def _listen(self) -> bytes | None:
        """Take a piece of the conversation; empty at its end, None when there is nothing yet."""
        chunk = self._control.read(CHUNK_BYTES)
        try:
            if chunk and self._conversation.hear(chunk):
                with contextlib.suppress(BrokenPipeError):
                    self._answer.write(b".")
        except ProtocolError as error:
            self._stop, self._reason = Stop.PROTOCOL, str(error)
        return chunk

    def _note(self) -> bytes | None:
        """Keep the head of what is printed, count the rest; answers as `_listen` does."""
        chunk = self._cage.log.read(CHUNK_BYTES)
        if chunk:
            self._printed_bytes += len(chunk)
            self._log += chunk[: max(0, (self._limits.log_kib << 10) - len(self._log))]
        if self._printed_bytes > PRINT_LIMIT_BYTES:
            self._stop = Stop.OUTPUT
        return chunk

    def _conclude(self, started: float) -> Ending:
        if self._stop:
            self._cage.kill()
        else:
            self._drain()
        exit_code = self._cage.wait()
        cgroup = self._cage.cgroup
        return Ending(
            exit_code=exit_code,
            stop=self._stop,
            reason=self._reason,
            wall_s=time.monotonic() - started,
            cpu_s=self._cage.total_cpu_ns() / 1e9,
            memory_peak_bytes=cgroup.peak_bytes() if cgroup else None,
            data_peak_bytes=self._cage.data_peak_bytes,
            oom_kills=cgroup.oom_kills() if cgroup else 0,
            log=bytes(self._log),
        )

    def _drain(self) -> None:
        """The process is dead: read what it left in its pipes."""
        for read in (self._listen, self._note):
            while not self._stop and read():
                pass
