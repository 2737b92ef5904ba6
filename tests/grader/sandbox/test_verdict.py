"""How a death reads: signals, limits and words, in the order in which they may be believed."""

import signal
from typing import Any

import pytest

from grader.sandbox.base import Verdict
from grader.sandbox.conversation import Conversation
from grader.sandbox.ending import Ending, Stop
from grader.sandbox.limits import Limits
from grader.sandbox.verdict import judge

LIMITS = Limits(cpu_s=5, memory_mib=100)


def ending(exit_code: int = 0, **changes: Any) -> Ending:
    """The end of a job that used next to nothing."""
    facts: dict[str, Any] = {
        "stop": None,
        "reason": "",
        "wall_s": 1.0,
        "cpu_s": 1.0,
        "memory_peak_bytes": None,
        "data_peak_bytes": 0,
        "oom_kills": 0,
        "log": b"",
    }
    return Ending(exit_code=exit_code, **{**facts, **changes})


def said(*lines: bytes) -> Conversation:
    """A conversation so far."""
    conversation = Conversation()
    for line in lines:
        conversation.hear(line + b"\n")
    return conversation


LOCKED = b'{"event":"locked"}'
DONE = b'{"event":"done"}'
FAILED = b'{"event":"failed","detail":"x","out_of_memory":false}'


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (ending(128 + signal.SIGSYS), Verdict.FORBIDDEN_ACTION),
        (ending(-signal.SIGSYS), Verdict.FORBIDDEN_ACTION),
        (ending(128 + signal.SIGXCPU), Verdict.TIME_LIMIT_CPU),
        (ending(128 + signal.SIGKILL, cpu_s=6.0), Verdict.TIME_LIMIT_CPU),
        (ending(128 + signal.SIGKILL), Verdict.CRASHED),
        (ending(128 + signal.SIGKILL, oom_kills=1, cpu_s=6.0), Verdict.MEMORY_LIMIT),
        (ending(128 + signal.SIGSEGV), Verdict.CRASHED),
        (ending(128 + signal.SIGABRT), Verdict.CRASHED),
        (ending(128 + signal.SIGABRT, log=b"terminate: std::bad_alloc"), Verdict.MEMORY_LIMIT),
        (ending(128 + signal.SIGABRT, data_peak_bytes=60 << 20), Verdict.MEMORY_LIMIT),
        (ending(128 + signal.SIGABRT, data_peak_bytes=40 << 20), Verdict.CRASHED),
        (ending(3), Verdict.CRASHED),
        (ending(-signal.SIGKILL, stop=Stop.WALL), Verdict.TIME_LIMIT_WALL),
        (ending(-signal.SIGKILL, stop=Stop.OUTPUT), Verdict.OUTPUT_LIMIT),
        (ending(-signal.SIGKILL, stop=Stop.PROTOCOL), Verdict.PROTOCOL_ERROR),
        (ending(0), Verdict.PROTOCOL_ERROR),
    ],
)
def test_a_process_that_said_nothing_is_judged_by_its_death(end: Ending, verdict: Verdict) -> None:
    assert judge(end, said(LOCKED), LIMITS)[0] is verdict


def test_before_the_lock_everything_is_our_fault() -> None:
    verdict, _, params = judge(ending(1, log=b"Traceback\n  ImportError: numpy\x1b"), said(), LIMITS)

    assert verdict is Verdict.SANDBOX_FAILED
    assert params == {"detail": "Traceback | ImportError: numpy\\x1b"}


def test_only_a_clean_exit_after_done_is_ok() -> None:
    assert judge(ending(), said(LOCKED, DONE), LIMITS)[0] is Verdict.OK
    assert judge(ending(1), said(LOCKED, DONE), LIMITS)[0] is Verdict.CRASHED
    assert judge(ending(128 + signal.SIGSYS), said(LOCKED, DONE), LIMITS)[0] is Verdict.FORBIDDEN_ACTION


def test_a_death_counts_more_than_words() -> None:
    assert judge(ending(128 + signal.SIGSYS), said(LOCKED, FAILED), LIMITS)[0] is Verdict.FORBIDDEN_ACTION
