"""From how a job ended to what is said about it."""

import signal

from grader.errors import Params
from grader.sandbox.base import Job, Outcome, Usage, Verdict
from grader.sandbox.conversation import Conversation, Failed, ProtocolError, Rejected, printable, printable_log
from grader.sandbox.ending import PRINT_LIMIT_BYTES, Ending, Stop
from grader.sandbox.layout import Answers, Said
from grader.sandbox.limits import Limits

Judgement = tuple[Verdict, str, Params]
DETAIL_CHARS = 300
OUT_OF_MEMORY_SIGNS = (b"bad_alloc", b"MemoryError", b"Cannot allocate memory", b"cannot allocate memory")


def conclude(
    job: Job, backend: str, called_ns: int, ending: Ending, conversation: Conversation, answers: Answers
) -> Outcome:
    """The outcome of a job that has ended. called_ns: monotonic time at which it was asked for."""
    verdict, code, params = judge(ending, conversation, job.limits)
    said = Said()
    if verdict is Verdict.OK:
        try:
            said = answers.read(conversation)
        except ProtocolError as error:
            verdict, code, params = interference(str(error))
    return Outcome(
        verdict=verdict,
        code=code,
        params=params,
        reply=said.reply,
        arrays=said.arrays,
        blob=said.blob,
        marks=tuple(conversation.marks),
        usage=_usage(ending, conversation, called_ns),
        log=printable_log(ending.log),
        backend=backend,
    )


def _usage(ending: Ending, conversation: Conversation, called_ns: int) -> Usage:
    start_s = (conversation.locked_ns - called_ns) / 1e9 if conversation.locked_ns else 0.0
    return Usage(wall_s=ending.wall_s, cpu_s=ending.cpu_s, start_s=start_s, memory_peak_bytes=ending.memory_peak_bytes)


def judge(ending: Ending, conversation: Conversation, limits: Limits) -> Judgement:
    """Verdict, code of the sentence, and its figures."""
    if ending.stop is Stop.PROTOCOL:
        return interference(ending.reason)
    if conversation.locked_ns is None:
        return failed(tail(ending.log) or f"ended with {ending.exit_code} before the model was touched")
    return judge_death(ending, limits) or _judge_words(ending, conversation, limits)


def judge_death(ending: Ending, limits: Limits) -> Judgement | None:
    """The verdict where the process was stopped or killed, None where it left by itself."""
    killer = killed_by(ending.exit_code)
    out_of_time = killer == signal.SIGXCPU or (killer == signal.SIGKILL and ending.cpu_s >= limits.cpu_s)
    if ending.stop is Stop.WALL:
        return Verdict.TIME_LIMIT_WALL, "time_limit_wall", {"limit_s": limits.wall_s}
    if ending.stop is Stop.OUTPUT:
        return Verdict.OUTPUT_LIMIT, "output_limit", {"limit_mib": PRINT_LIMIT_BYTES >> 20}
    if ending.oom_kills:
        return _out_of_memory(limits)
    if killer == signal.SIGSYS:
        return Verdict.FORBIDDEN_ACTION, "forbidden_action", {}
    if out_of_time:
        return Verdict.TIME_LIMIT_CPU, "time_limit_cpu", {"limit_s": limits.cpu_s}
    if not killer:
        return None
    if any(sign in ending.log for sign in OUT_OF_MEMORY_SIGNS) or _was_refused_memory(killer, ending, limits):
        return _out_of_memory(limits)
    return Verdict.CRASHED, "crashed", {"signal": killer.name}


def _judge_words(ending: Ending, conversation: Conversation, limits: Limits) -> Judgement:
    """The verdict where the process left by itself: what it said last, if it may be believed."""
    match conversation.ending:
        case Rejected(code, params):
            return Verdict.INVALID_MODEL, code, params
        case Failed(_, out_of_memory=True):
            return _out_of_memory(limits)
        case Failed(detail):
            return Verdict.INVALID_MODEL, "invalid_model", {"detail": printable(detail)[:DETAIL_CHARS]}
    if ending.exit_code:
        return Verdict.CRASHED, "crashed", {"signal": f"exit {ending.exit_code}"}
    if conversation.ending is None:
        return interference("left without a word")
    return Verdict.OK, "", {}


def interference(detail: str) -> Judgement:
    """The process broke the rules of the conversation."""
    return Verdict.PROTOCOL_ERROR, "protocol_error", {"detail": detail}


def failed(detail: str) -> Judgement:
    """Our machine's fault."""
    return Verdict.SANDBOX_FAILED, "sandbox_failed", {"detail": detail}


def killed_by(exit_code: int) -> signal.Signals | None:
    """The signal behind an exit code; bubblewrap reports its child's as 128 + signal."""
    number = -exit_code if exit_code < 0 else exit_code - 128
    return signal.Signals(number) if number in set(signal.Signals) else None


def tail(log: bytes) -> str:
    """The last words of a log, on one line, escaped."""
    lines = log.decode("utf-8", "backslashreplace").split("\n")
    return printable(" | ".join(line.strip() for line in lines if line.strip())[-DETAIL_CHARS:])


def _was_refused_memory(killer: signal.Signals, ending: Ending, limits: Limits) -> bool:
    """Aborted over half of RLIMIT_DATA: arenas double, so the refused allocation is as large as all before it."""
    return killer is signal.SIGABRT and ending.data_peak_bytes > (limits.memory_mib << 20) // 2


def _out_of_memory(limits: Limits) -> Judgement:
    return Verdict.MEMORY_LIMIT, "memory_limit", {"limit_mib": limits.memory_mib}
