"""Every descriptor that leads into one cage: sealed input, fixed output, the control line and its answers."""

import json
import mmap
import os
from contextlib import ExitStack
from io import FileIO

from grader.sandbox import memfd
from grader.sandbox.base import Job
from grader.sandbox.child import views
from grader.sandbox.layout import Layout


def pipe(stack: ExitStack) -> tuple[FileIO, FileIO]:
    """Reading and writing end of a new pipe, closed with the stack."""
    read, write = os.pipe2(os.O_CLOEXEC)
    return stack.enter_context(FileIO(read, "rb")), stack.enter_context(FileIO(write, "wb"))


class Wires:
    """The descriptors of one job, closed with the stack. `lock` names the filter that the child puts on itself."""

    def __init__(self, stack: ExitStack, job: Job, layout: Layout, lock: str) -> None:
        self.outputs = stack.enter_context(memfd.output_memfd(layout.output_bytes))
        self.control, self._control_end = pipe(stack)
        self._answer_end, self.answer = pipe(stack)
        inputs = stack.enter_context(memfd.input_memfd(job, layout))
        fresh, writable = memfd.fresh_memfd(layout)
        stack.enter_context(fresh)
        wiring = {
            "lock": lock,
            "input_fd": inputs.fileno(),
            "output_fd": self.outputs.fileno(),
            "fresh_fd": fresh.fileno(),
            "to_parent_fd": self._control_end.fileno(),
            "from_parent_fd": self._answer_end.fileno(),
        }
        config = json.dumps({**layout.config, **wiring}).encode()
        self.config = stack.enter_context(memfd.bytes_memfd("karui-config", config))
        self._inherited = (inputs, self.outputs, fresh, self._control_end, self._answer_end, self.config)
        readable = mmap.mmap(self.outputs.fileno(), layout.output_bytes)
        self._rooms = views(layout.config["fresh"], writable), views(layout.config["outputs"], readable)
        self._bell = job.bell

    def ring(self, name: str) -> None:
        """Let whoever asked for the job write what the task needs next, and take what it has written."""
        if self._bell:
            self._bell(name, *self._rooms)

    def child_fds(self) -> list[int]:
        """What the child inherits, under the same numbers."""
        return [file.fileno() for file in self._inherited]

    def close_child_ends(self) -> None:
        """Once the child has its own: else the parent would never see that it is gone."""
        self._control_end.close()
        self._answer_end.close()
