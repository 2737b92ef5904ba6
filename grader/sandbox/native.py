"""A program of somebody else (a compiler, an emulator) that works on what is untrusted, in the cage of our own tasks.

It holds no conversation: it reads its standard input, writes its standard output, and may be given shared memory for a
report. All three are made by the parent, and the kernel keeps their size.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.errors import Params
from grader.sandbox.base import Usage, Verdict
from grader.sandbox.conversation import printable_log
from grader.sandbox.ending import Ending
from grader.sandbox.limits import Limits
from grader.sandbox.verdict import failed, judge_death

REPORT = "{report}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Native:
    """What to run. argv: with "{report}" where the report's descriptor goes; the program's path is one inside.

    binds: read-only, outside path -> inside path, besides the system's libraries. files: inside path -> content.
    output_bytes, report_bytes: room for what it writes.
    """

    argv: tuple[str, ...]
    binds: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    stdin: bytes = field(default=b"", repr=False)
    output_bytes: int = 0
    report_bytes: int = 0
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeOutcome:
    """How it ended. verdict is OK for exit code 0, CRASHED for another; a `signal` is one that it died of.

    output: what it wrote to its standard output, at most the room. report: all of that room, zeros where unwritten.
    """

    verdict: Verdict
    code: str = ""
    params: Params = field(default_factory=dict)
    exit_code: int = 0
    output: bytes = field(default=b"", repr=False)
    report: bytes = field(default=b"", repr=False)
    log: str = ""
    usage: Usage = field(default_factory=Usage)


def broken(reason: str) -> NativeOutcome:
    """The cage did not come up."""
    verdict, code, params = failed(reason)
    return NativeOutcome(verdict=verdict, code=code, params=params)


def native_outcome(native: Native, ending: Ending, output: int, report: int) -> NativeOutcome:
    """What came out. output, report: descriptors of the program's output and report."""
    verdict, code, params = judge_death(ending, native.limits) or _by_exit_code(ending.exit_code)
    written = min(os.lseek(output, 0, os.SEEK_CUR), native.output_bytes)
    return NativeOutcome(
        verdict=verdict,
        code=code,
        params=params,
        exit_code=ending.exit_code,
        output=os.pread(output, written, 0) if written else b"",
        report=os.pread(report, native.report_bytes, 0),
        log=printable_log(ending.log),
        usage=Usage(wall_s=ending.wall_s, cpu_s=ending.cpu_s, memory_peak_bytes=ending.memory_peak_bytes),
    )


def _by_exit_code(exit_code: int) -> tuple[Verdict, str, Params]:
    if exit_code:
        return Verdict.CRASHED, "crashed", {"signal": f"exit {exit_code}"}
    return Verdict.OK, "", {}
