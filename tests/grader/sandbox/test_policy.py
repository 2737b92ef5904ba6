"""The filters that we ship are the ones that the table describes, for both processors, instruction by instruction."""

import errno
import struct
from dataclasses import dataclass

import pytest

from grader.sandbox import policy
from grader.sandbox.policy.table import (
    CLONE_THREAD,
    ERRNO,
    FILTERS,
    HOSTILE,
    MACHINES,
    MAP_SHARED_ANONYMOUS,
    PROT_EXEC,
    Action,
)

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL_PROCESS, ERRNO_RETURN = 0x7FFF0000, 0x80000000, 0x00050000
LOCKS = ("lock", "lock_scratch", "lock_jit", "lock_emulator")
WITHOUT_NEW_CODE = ("lock", "lock_scratch")
READ_ONLY = ("lock", "lock_jit", "lock_emulator")


@dataclass(frozen=True)
class Machine:
    """A BPF machine of the instructions that libseccomp emits; tells what the kernel would do with a call."""

    name: str
    code: bytes

    def decide(self, number: int, arguments: tuple[int, ...] = (), architecture: int | None = None) -> Action:
        """The action for one system call."""
        padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
        data = struct.pack("<iIQ6Q", number, architecture or ARCHITECTURES[self.name], 0, *padded)
        return action_of(self._run(data))

    def _run(self, data: bytes) -> int:
        accumulator, at = 0, 0
        program = list(struct.iter_unpack("<HBBI", self.code))
        while True:
            operation, if_true, if_false, value = program[at]
            at += 1
            match operation:
                case 0x20:  # load a word
                    (accumulator,) = struct.unpack_from("<I", data, value)
                case 0x54:  # and
                    accumulator &= value
                case 0x05:  # jump
                    at += value
                case 0x15:
                    at += if_true if accumulator == value else if_false
                case 0x25:
                    at += if_true if accumulator > value else if_false
                case 0x35:
                    at += if_true if accumulator >= value else if_false
                case 0x06:  # return
                    return int(value)
                case _:
                    raise AssertionError(f"unknown instruction {operation:#x}")


def action_of(returned: int) -> Action:
    """The table's word for a filter's return value."""
    if returned in (ALLOW, KILL_PROCESS):
        return Action.ALLOW if returned == ALLOW else Action.KILL
    assert returned & 0xFFFF0000 == ERRNO_RETURN
    return next(action for action, number in ERRNO.items() if number == returned & 0xFFFF)


@pytest.fixture(params=MACHINES)
def machine_name(request: pytest.FixtureRequest) -> str:
    """Each processor that we ship filters for."""
    return str(request.param)


def shipped(machine: str, name: str) -> Machine:
    """The bytes in the package."""
    return Machine(machine, policy.bpf(name, machine))


def number(machine: str, call: str) -> int:
    """A system call's number there; below 0 where the processor has no such call."""
    pyseccomp = pytest.importorskip("pyseccomp", reason="pyseccomp (extra dev) resolves names of system calls")
    architectures = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
    return int(pyseccomp.resolve_syscall(architectures[machine], call))


@pytest.mark.parametrize("name", FILTERS)
def test_the_shipped_bytes_are_what_the_table_compiles_to(machine_name: str, name: str) -> None:
    pytest.importorskip("pyseccomp", reason="pyseccomp (extra dev) compiles the filters")
    from grader.sandbox.policy.gen import compile_filter

    assert policy.bpf(name, machine_name) == compile_filter(FILTERS[name], machine_name)


@pytest.mark.parametrize("name", FILTERS)
def test_every_plain_call_gets_its_action(machine_name: str, name: str) -> None:
    machine = shipped(machine_name, name)
    asked = {call: number(machine_name, call) for call in FILTERS[name].plain}

    decided = {call: machine.decide(asked[call]) for call in asked if asked[call] >= 0}

    assert decided == {call: FILTERS[name].plain[call] for call in decided}
    assert len(decided) > 100


@pytest.mark.parametrize("name", FILTERS)
def test_a_call_that_no_line_names_is_refused(machine_name: str, name: str) -> None:
    assert shipped(machine_name, name).decide(449) is Action.REFUSE  # futex_waitv, on both processors
    assert shipped(machine_name, name).decide(999) is Action.REFUSE


@pytest.mark.parametrize("name", FILTERS)
def test_another_numbering_of_calls_is_deadly(machine_name: str, name: str) -> None:
    machine = shipped(machine_name, name)

    assert machine.decide(number(machine_name, "read"), architecture=0x40000003) is Action.KILL  # i386
    if machine_name == "x86_64":
        assert machine.decide(0x40000000) is Action.KILL  # x32


@pytest.mark.parametrize("name", FILTERS)
def test_clone_makes_threads_and_no_processes(machine_name: str, name: str) -> None:
    machine, clone = shipped(machine_name, name), number(machine_name, "clone")

    assert machine.decide(clone, (CLONE_THREAD | 0x3D0F00,)) is Action.ALLOW
    assert machine.decide(clone, (0x11,)) is (Action.KILL if name in LOCKS else Action.REFUSE)


@pytest.mark.parametrize("name", FILTERS)
def test_memory_is_private_or_a_file(machine_name: str, name: str) -> None:
    machine, mmap = shipped(machine_name, name), number(machine_name, "mmap")

    assert machine.decide(mmap, (0, 4096, 3, 0x22)) is Action.ALLOW
    assert machine.decide(mmap, (0, 4096, 3, 0x01)) is Action.ALLOW
    assert machine.decide(mmap, (0, 4096, 3, MAP_SHARED_ANONYMOUS)) is Action.REFUSE
    assert machine.decide(mmap, (0, 4096, 3, MAP_SHARED_ANONYMOUS | 0x02)) is Action.REFUSE  # MAP_SHARED_VALIDATE


@pytest.mark.parametrize("call", ["mmap", "mprotect"])
@pytest.mark.parametrize("name", FILTERS)
def test_nothing_becomes_executable_under_a_lock_but_the_one_for_compilers(
    machine_name: str, name: str, call: str
) -> None:
    machine = shipped(machine_name, name)

    decided = machine.decide(number(machine_name, call), (0, 4096, PROT_EXEC | 1, 0x22))

    assert decided is (Action.REFUSE if name in WITHOUT_NEW_CODE else Action.ALLOW)


@pytest.mark.parametrize(
    ("flags", "writes"),
    [(0o0, False), (0o2000000, False), (0o1, True), (0o2, True), (0o100, True), (0o1000, True), (0o101, True)],
)
@pytest.mark.parametrize("name", FILTERS)
def test_files_open_for_reading_only_under_the_locks_but_the_scratch_one(
    machine_name: str, name: str, flags: int, writes: bool
) -> None:
    machine = shipped(machine_name, name)

    decided = machine.decide(number(machine_name, "openat"), (0, 0, flags))

    assert decided is (Action.REFUSE if writes and name in READ_ONLY else Action.ALLOW)


@pytest.mark.parametrize("name", FILTERS)
def test_a_terminal_cannot_be_typed_into(machine_name: str, name: str) -> None:
    machine, ioctl = shipped(machine_name, name), number(machine_name, "ioctl")

    assert machine.decide(ioctl, (0, 0x5412)) is Action.REFUSE  # TIOCSTI
    assert machine.decide(ioctl, (0, 0x5401)) is Action.ALLOW  # TCGETS


def test_the_locks_start_nothing() -> None:
    for name in LOCKS:
        assert "execve" not in FILTERS[name].plain
        assert FILTERS[name].plain["socket"] is Action.KILL
        assert {call for call in HOSTILE if FILTERS[name].plain[call] is not Action.KILL} <= {"kill"}


def test_only_an_emulator_may_send_a_signal_under_its_lock() -> None:
    assert [name for name in LOCKS if FILTERS[name].plain["kill"] is Action.ALLOW] == ["lock_emulator"]


def test_refusals_are_the_errors_that_c_libraries_expect() -> None:
    assert ERRNO[Action.NO_FAMILY] == errno.EAFNOSUPPORT
    assert ERRNO[Action.UNKNOWN] == errno.ENOSYS
