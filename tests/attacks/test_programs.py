"""Programs in place of our child, under the boot filter alone: each is contained, with its verdict."""

import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from grader.sandbox.base import Verdict
from grader.sandbox.bubblewrap import Privilege
from grader.sandbox.limits import Limits
from grader.sandbox.mounts import package_roots
from tests.attacks.conftest import LIMITS, PRIVILEGE, Run

pytestmark = pytest.mark.sandbox
SHORT = replace(LIMITS, cpu_s=1)
NOT_OURS = "EPERM" if PRIVILEGE is Privilege.ROOT else "done"
"""What a signal to pid 1 inside gives. Of an ordinary user it is the same one, but pid 1 hears none from inside."""
FORBIDDEN = Verdict.FORBIDDEN_ACTION
SECRETS = """
/etc/shadow /etc/passwd /proc/1/environ /proc/self/environ /proc/self/maps /proc/self/mem /home/karui/.ssh/id_rsa
/var/run/docker.sock /dev/vda /dev/mem /dev/kmsg /run/secrets
""".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A program, the verdict that the parent has to reach, and what the program may have got done before."""

    program: str
    verdict: Verdict = Verdict.OK
    reply: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = LIMITS

    def __str__(self) -> str:
        return "-".join([self.program, *map(str, self.arguments.values())])[:60]


ATTACKS = [
    Attack(program="fork_bomb", reply={"forks": 0, "error": "EPERM"}),
    Attack(program="memfd_bomb", verdict=FORBIDDEN, arguments={"mib": 512}),
    Attack(program="memory_bomb", verdict=Verdict.MEMORY_LIMIT, params={"limit_mib": 256}),
    Attack(program="shared_memory", reply={"error": "EPERM"}),
    Attack(program="flood_inodes", verdict=Verdict.TIME_LIMIT_CPU, params={"limit_s": 1}, limits=SHORT),
    Attack(program="daemonize", reply={"error": "EPERM"}),
    Attack(program="trace_init", verdict=FORBIDDEN),
    # An emulator may send a signal, so the first filter lets it; models are under a second one, which kills for it.
    Attack(program="kill_others", reply={"error": NOT_OURS}, arguments={"pid": 1}),
    Attack(program="kill_others", reply={"error": "ESRCH"}, arguments={"pid": -1}),
    Attack(program="kill_others", reply={"error": NOT_OURS}, arguments={"pid": 0}),
    Attack(program="make_namespace", verdict=FORBIDDEN),
    Attack(program="flood_log", verdict=Verdict.OUTPUT_LIMIT, arguments={"fd": 1}),
    Attack(program="flood_log", verdict=Verdict.OUTPUT_LIMIT, arguments={"fd": 2}),
    Attack(program="flood_control", verdict=Verdict.PROTOCOL_ERROR),
    Attack(program="say_bytes", verdict=Verdict.PROTOCOL_ERROR),
    Attack(program="say_bytes", verdict=Verdict.PROTOCOL_ERROR, arguments={"text": "garbage\n"}),
    Attack(program="say_bytes", verdict=Verdict.PROTOCOL_ERROR, arguments={"text": '{"event":"locked"}\n'}),
    Attack(program="say_bytes", verdict=Verdict.PROTOCOL_ERROR, arguments={"text": '{"event":"done","x":1}\n'}),
    Attack(program="say_bytes", verdict=Verdict.PROTOCOL_ERROR, arguments={"text": "x" * 9000}),
    Attack(
        program="say_bytes",
        verdict=Verdict.PROTOCOL_ERROR,
        arguments={"text": '{"event":"rejected","code":"no_such_sentence","params":{}}\n'},
    ),
    Attack(
        program="say_bytes",
        verdict=Verdict.PROTOCOL_ERROR,
        arguments={"text": '{"event":"rejected","code":"blob_too_large","params":{}}\n'},
    ),
    Attack(program="say_twice", verdict=Verdict.PROTOCOL_ERROR),
    Attack(program="nest_reply", verdict=Verdict.PROTOCOL_ERROR),
    Attack(program="tamper_with_files", reply={"grow": "EFBIG", "beyond": "EPERM", "input": ["EPERM"]}),
    Attack(program="spin", verdict=Verdict.TIME_LIMIT_CPU, limits=SHORT),
    Attack(program="burn", verdict=Verdict.TIME_LIMIT_CPU, limits=SHORT),
    Attack(program="sleep", verdict=Verdict.TIME_LIMIT_WALL, limits=replace(LIMITS, wall_s=1)),
    Attack(
        program="raise_limits",
        reply=dict.fromkeys(("CPU", "DATA", "AS", "NPROC", "NOFILE", "FSIZE", "CORE", "STACK"), "EPERM"),
    ),
    Attack(program="change_core", reply={"error": "EPERM"}),
    Attack(program="inject_terminal", reply={"inject": "EPERM", "tty": "ENOENT"}),
    Attack(program="read_secrets", reply=dict.fromkeys(SECRETS, "ENOENT"), arguments={"paths": SECRETS}),
    *(
        Attack(
            program="die",
            verdict=Verdict.CRASHED,
            params={"signal": number.name},
            arguments={"signal": int(number)},
        )
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT)
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_contains(attack: Attack, run_program: Run) -> None:
    outcome = run_program(attack.program, limits=attack.limits, arguments=attack.arguments)

    assert outcome.verdict is attack.verdict, outcome
    assert outcome.reply == attack.reply
    assert attack.params.items() <= outcome.params.items()


KILLED = """
io_uring_setup userfaultfd bpf keyctl add_key perf_event_open pidfd_open setns pivot_root open_by_handle_at init_module
kexec_load fsopen process_vm_readv unshare mount personality ptrace memfd_create memfd_secret kcmp process_madvise
vmsplice
""".split()


@pytest.mark.parametrize("name", KILLED)
def test_it_kills_a_process_that_calls(name: str, run_program: Run) -> None:
    outcome = run_program("system_call", arguments={"name": name})

    assert outcome.verdict is FORBIDDEN, outcome


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="only x86_64 has a second numbering of its system calls")
def test_it_kills_a_process_that_calls_by_x32_numbers(run_program: Run) -> None:
    outcome = run_program("system_call", arguments={"name": "x32_getpid"})

    assert outcome.verdict is FORBIDDEN, outcome


@pytest.mark.parametrize("name", ["futex_waitv", "cachestat", "map_shadow_stack"])
def test_it_refuses_calls_that_no_list_names(name: str, run_program: Run) -> None:
    outcome = run_program("system_call", arguments={"name": name})

    assert outcome.reply == {"error": "EPERM"}


def test_it_answers_clone3_as_an_old_kernel_would(run_program: Run) -> None:
    outcome = run_program("system_call", arguments={"name": "clone3"})

    assert outcome.reply == {"error": "ENOSYS"}


def test_it_stops_a_thread_bomb(run_program: Run) -> None:
    outcome = run_program("thread_bomb")

    assert outcome.verdict is Verdict.OK, outcome
    assert 0 < outcome.reply["threads"] <= LIMITS.processes


def test_it_stops_a_pipe_bomb_by_the_number_of_open_files(run_program: Run) -> None:
    outcome = run_program("pipe_bomb")

    assert outcome.reply["error"] == "EMFILE"
    assert outcome.reply["pipes"] <= 32


def test_it_gives_disk_space_in_tmp_only_and_only_so_much(run_program: Run) -> None:
    outcome = run_program("fill_disk")

    assert outcome.reply["/tmp"] == {"mib": LIMITS.tmp_mib, "errors": ["EFBIG", "ENOSPC"]}
    for folder in ("/", "/dev", "/karui", "/usr/lib64"):
        assert outcome.reply[folder] == {"mib": 0, "errors": ["EROFS"]}, folder


def test_it_has_no_sockets(run_program: Run) -> None:
    outcome = run_program("open_sockets")

    assert set(outcome.reply.values()) == {"EAFNOSUPPORT"}


def test_it_reaches_no_listener_of_the_host(run_program: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        outcome = run_program("connect_out", arguments={"port": listener.getsockname()[1]})

    assert outcome.reply == {"error": "EAFNOSUPPORT"}


def test_it_lets_nothing_be_written_outside_tmp(run_program: Run) -> None:
    outcome = run_program("write_outside", arguments={"packages": package_roots()[0]})

    assert len(outcome.reply) == 12
    assert set(outcome.reply.values()) <= {"EROFS", "ENOENT", "EACCES", "EPERM"}


def test_it_keeps_only_the_head_of_a_long_log(run_program: Run) -> None:
    outcome = run_program("flood_log", arguments={"fd": 1})

    assert 0 < len(outcome.log) <= (LIMITS.log_kib << 10) * len("\\x00")


def test_it_ends_a_flood_long_before_the_deadline(run_program: Run) -> None:
    started = time.monotonic()

    run_program("flood_control")

    assert time.monotonic() - started < LIMITS.wall_s / 2


def test_it_runs_as_nobody_in_particular(run_program: Run) -> None:
    outcome = run_program("read_file", arguments={"path": "/karui/inside.py"})

    assert outcome.reply == {"error": "done"}, "the control: a file that is shown can be read"
    assert PRIVILEGE.value == outcome.backend
