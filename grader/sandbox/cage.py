"""Start one caged process: bubblewrap, held at its door until cgroup, limits and core are set, then let go."""

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from grader.sandbox.cgroups import Cgroup, CgroupTree
from grader.sandbox.conversation import printable_log
from grader.sandbox.limits import Limits
from grader.sandbox.memfd import bytes_memfd
from grader.sandbox.wires import pipe

HANDSHAKE_S = 15.0
DEATH_S = 5.0
OPEN_FILES = 64
STACK_BYTES = 8 << 20
ADDRESS_SPACE_SLACK_BYTES = 4 << 30  # address space is not memory: thread stacks and arenas reserve without touching
RESERVED_PER_USED = 2  # with a cgroup counting what is touched, private mappings may be this much larger
CPUCLOCK_SCHED = 2  # the kernel's clock id of a whole process is (~pid << 3) | 2


class CageBroken(Exception):
    """Bubblewrap did not come up: our machine's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start inside. data: files by their path inside; options: bubblewrap's, given the descriptors of that
    data; fds: what the child inherits. Without stdin it reads nothing; without stdout it prints into the log.
    """

    argv: Sequence[str]
    options: Callable[[Mapping[str, FileIO]], Iterable[str]]
    data: Mapping[str, bytes] = field(repr=False)
    fds: Sequence[int] = ()
    stdin: int = subprocess.DEVNULL
    stdout: int | None = None


@dataclass(slots=True, kw_only=True)
class Cage:
    """A running caged process. `init_pid` is pid 1 inside: when it dies, the kernel kills everything inside."""

    bubblewrap: "subprocess.Popen[bytes]"
    init_pid: int
    init_pidfd: int
    log: FileIO
    cgroup: Cgroup | None = None
    data_peak_bytes: int = 0
    _task_pid: int = 0
    _last_cpu_ns: int = 0

    def sample(self) -> None:
        """Look at the task while it lives: its CPU time, and its private memory where no cgroup counts it."""
        self.cpu_ns()
        if self._task_pid and not self.cgroup:
            with contextlib.suppress(OSError):
                self.data_peak_bytes = max(self.data_peak_bytes, data_bytes_of(self._task_pid))

    def cpu_ns(self) -> int:
        """CPU time of the task's whole process by the kernel's clock, or what was last seen of it."""
        with contextlib.suppress(OSError):
            self._last_cpu_ns = time_of(self._task_pid or self._find_task())
        return self._last_cpu_ns

    def _find_task(self) -> int:
        """Pid 1 inside is bubblewrap's reaper; the task is its only child."""
        children = Path(f"/proc/{self.init_pid}/task/{self.init_pid}/children").read_text().split()
        if not children:
            raise ProcessLookupError
        self._task_pid = int(children[0])
        return self._task_pid

    def total_cpu_ns(self) -> int:
        """CPU time of the whole job: by the cgroup, else as last sampled."""
        return self.cgroup.cpu_ns() if self.cgroup else self._last_cpu_ns

    def kill(self) -> None:
        """End everything inside, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.init_pidfd, signal.SIGKILL)
        self.bubblewrap.kill()
        self.wait()

    def wait(self) -> int:
        """Wait for the end; the exit code, or 128 + signal, or - signal."""
        code = self.bubblewrap.wait()
        select.select([self.init_pidfd], [], [], DEATH_S)
        return code


def time_of(pid: int) -> int:
    """CPU nanoseconds of a process, all its threads. Raises OSError if it is gone."""
    return time.clock_gettime_ns((~pid << 3) | CPUCLOCK_SCHED)


def data_bytes_of(pid: int) -> int:
    """What RLIMIT_DATA counts of a process: its private writable mappings. 0 for a zombie; OSError if it is gone."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:")), 0)


@contextmanager
def caged(bwrap: str, program: Program, limits: Limits, tree: CgroupTree | None) -> Iterator[Cage]:
    """A caged process for the length of a `with` block; afterwards nothing of it is left. Raises CageBroken."""
    with ExitStack() as stack:
        log_read, log_write = pipe(stack)
        info_read, info_write = pipe(stack)
        door_read, door_write = pipe(stack)
        data = {inside: stack.enter_context(bytes_memfd(inside, content)) for inside, content in program.data.items()}
        options = [*program.options(data), "--info-fd", str(info_write.fileno()), "--block-fd", str(door_read.fileno())]
        arguments = stack.enter_context(bytes_memfd("arguments", _nul_separated(options)))
        # Options travel by memfd, so that nothing of them shows in the command line of pid 1 inside.
        command = [bwrap, "--args", str(arguments.fileno()), "--", *program.argv]
        inherited = [file.fileno() for file in (*data.values(), arguments, info_write, door_read)]
        bubblewrap = _start(command, program, inherited, log_write)
        stack.callback(_bury, bubblewrap)
        for file in (log_write, info_write, door_read):
            file.close()
        cage = _hold(stack, bubblewrap, info_read, log_read)
        cage.cgroup = _restrain(stack, cage, limits, tree)
        with contextlib.suppress(BrokenPipeError):  # if it died at the door, whoever watches the cage will see that
            door_write.write(b"x")
        yield cage


def _start(
    command: Sequence[str], program: Program, inherited: Sequence[int], log: FileIO
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            command,
            stdin=program.stdin,
            stdout=log if program.stdout is None else program.stdout,
            stderr=log,
            pass_fds=[*program.fds, *inherited],
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
        )
    except OSError as error:
        raise CageBroken(str(error)) from error


def _nul_separated(words: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in words)


def _bury(bubblewrap: "subprocess.Popen[bytes]") -> None:
    """Bubblewrap takes everything inside with it (--die-with-parent)."""
    bubblewrap.kill()
    bubblewrap.wait()


def _hold(stack: ExitStack, bubblewrap: "subprocess.Popen[bytes]", info: FileIO, log: FileIO) -> Cage:
    """Wait until bubblewrap stands at the door with its namespaces made."""
    said = b""
    while b"}" not in said:
        readable, _, _ = select.select([info], [], [], HANDSHAKE_S)
        chunk = info.read(4096) if readable else b""
        if not chunk:
            bubblewrap.kill()
            raise CageBroken(printable_log(log.read(2000) or b"no answer from bubblewrap"))
        said += chunk
    init_pid = int(json.loads(said)["child-pid"])
    try:
        init_pidfd = os.pidfd_open(init_pid)
    except ProcessLookupError as error:
        raise CageBroken("bubblewrap's child died at the door") from error
    stack.callback(os.close, init_pidfd)
    return Cage(bubblewrap=bubblewrap, init_pid=init_pid, init_pidfd=init_pidfd, log=log)


def _restrain(stack: ExitStack, cage: Cage, limits: Limits, tree: CgroupTree | None) -> Cgroup | None:
    """Put the held process into its cgroup, under its limits and on its core."""
    try:
        cgroup = tree.create(limits) if tree else None
        if cgroup:
            # Its processes have to be gone before it can be removed, whatever happens until then.
            stack.callback(cgroup.remove)
            stack.callback(cage.kill)
            cgroup.admit(cage.init_pid)
        for kind, value in ceilings(limits, counted=cgroup is not None).items():
            resource.prlimit(cage.init_pid, kind, value)
        if limits.core is not None:
            os.sched_setaffinity(cage.init_pid, {limits.core})
    except OSError as error:
        raise CageBroken(f"limits could not be set: {error}") from error
    return cgroup


def ceilings(limits: Limits, *, counted: bool) -> dict[int, tuple[int, int]]:
    """RLIMIT -> (soft, hard). counted: a cgroup holds the memory limit, so RLIMIT_DATA only has to stop the absurd."""
    memory_bytes = limits.memory_mib << 20
    data_bytes = memory_bytes * RESERVED_PER_USED if counted else memory_bytes
    fixed = {
        resource.RLIMIT_AS: 4 * memory_bytes + ADDRESS_SPACE_SLACK_BYTES,
        resource.RLIMIT_DATA: data_bytes,
        resource.RLIMIT_FSIZE: limits.file_mib << 20,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_STACK: STACK_BYTES,
        resource.RLIMIT_SIGPENDING: 64,
        **dict.fromkeys((resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE), 0),
    }
    # Soft CPU limit: SIGXCPU, which says why. Hard limit: SIGKILL, for who ignores it.
    return {resource.RLIMIT_CPU: (limits.cpu_s, limits.cpu_s + 1), **{kind: (top, top) for kind, top in fixed.items()}}
