"""A sandbox without walls, for the tests of code that uses one. It must never see a file that somebody uploaded.

The same tasks, the same layout, the same conversation and the same judge as the real one; only the process, its limits
and its filters are missing. `open_sandbox` never returns it.
"""

import json
import time

from grader.sandbox.base import Job, Outcome
from grader.sandbox.child import Call, Message, attempt, find_task, views
from grader.sandbox.conversation import Conversation, ProtocolError
from grader.sandbox.ending import Ending, Stop
from grader.sandbox.layout import Answers, lay_out, pieces
from grader.sandbox.native import Native, NativeOutcome, broken
from grader.sandbox.verdict import conclude


class FakeSandbox:
    """Runs a job's task in this very process, without any limit."""

    backend = "fake"

    def run(self, job: Job) -> Outcome:
        """Run one job to its end."""
        called_ns = time.monotonic_ns()
        layout = lay_out(job)
        inputs, outputs, fresh = (
            bytearray(size_bytes) for size_bytes in (layout.input_bytes, layout.output_bytes, layout.fresh_bytes)
        )
        for offset, piece in pieces(job, layout):
            inputs[offset : offset + len(piece)] = piece

        def ring(name: str) -> None:
            if job.bell:
                job.bell(name, views(layout.config["fresh"], fresh), views(layout.config["outputs"], outputs))

        conversation = Conversation(blob_bytes=job.blob_bytes, ring=ring)

        def tell(message: Message) -> None:
            conversation.hear(json.dumps(message).encode() + b"\n")

        stop, reason = None, ""
        try:
            config = json.loads(json.dumps(layout.config))
            call = Call(config, memoryview(inputs).toreadonly(), outputs, memoryview(fresh).toreadonly(), tell)
            if job.warm_up:
                find_task(job.warm_up)(call)
            tell({"event": "locked"})
            tell(attempt(find_task(job.task), call))
        except ProtocolError as error:
            stop, reason = Stop.PROTOCOL, str(error)
        answers = Answers(layout, lambda offset, size_bytes: bytes(outputs[offset : offset + size_bytes]))
        return conclude(job, self.backend, called_ns, _ending(called_ns, stop, reason), conversation, answers)

    def run_native(self, native: Native) -> NativeOutcome:
        """Compilers and emulators only run behind walls."""
        return broken("the sandbox without walls runs no programs")


def _ending(called_ns: int, stop: Stop | None, reason: str) -> Ending:
    """A process that left by itself."""
    return Ending(
        exit_code=0,
        stop=stop,
        reason=reason,
        wall_s=(time.monotonic_ns() - called_ns) / 1e9,
        cpu_s=0.0,
        memory_peak_bytes=None,
        data_peak_bytes=0,
        oom_kills=0,
        log=b"",
    )
