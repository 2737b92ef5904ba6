"""Hostile programs, run inside the cage under the boot filter alone (shown there as the module `inside_programs`).

Each one tries its harm and answers what came of it; where the cage holds by killing, it never gets to answer.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import pickle
import platform
import resource
import signal
import socket
import stat
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from grader.sandbox.child import Call

MIB = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
PTRACE_ATTACH = 16
SYSCALLS = {
    "x86_64": {
        "io_uring_setup": 425, "userfaultfd": 323, "bpf": 321, "keyctl": 250, "add_key": 248, "perf_event_open": 298,
        "pidfd_open": 434, "setns": 308, "pivot_root": 155, "open_by_handle_at": 304, "init_module": 175,
        "kexec_load": 246, "fsopen": 430, "process_vm_readv": 310, "unshare": 272, "mount": 165, "clone3": 435,
        "seccomp": 317, "futex_waitv": 449, "cachestat": 451, "map_shadow_stack": 453, "personality": 135,
        "ptrace": 101, "memfd_create": 319, "memfd_secret": 447, "x32_getpid": 0x40000000 + 39, "kcmp": 312,
        "process_madvise": 440, "vmsplice": 278,
    },
    "aarch64": {
        "io_uring_setup": 425, "userfaultfd": 282, "bpf": 280, "keyctl": 219, "add_key": 217, "perf_event_open": 241,
        "pidfd_open": 434, "setns": 268, "pivot_root": 41, "open_by_handle_at": 265, "init_module": 105,
        "kexec_load": 104, "fsopen": 430, "process_vm_readv": 270, "unshare": 97, "mount": 40, "clone3": 435,
        "seccomp": 277, "futex_waitv": 449, "cachestat": 451, "map_shadow_stack": 453, "personality": 92,
        "ptrace": 117, "memfd_create": 279, "memfd_secret": 447, "kcmp": 272, "process_madvise": 440, "vmsplice": 75,
    },
}  # fmt: skip
NUMBERS = SYSCALLS[platform.machine()]


def error_of(action: Callable[[], Any]) -> str:
    """The name of the error that the kernel gives, or "done"."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "done"


def system_call(call: Call) -> None:
    """One raw system call with harmless-looking arguments."""
    number = NUMBERS[call.arguments["name"]]
    arguments = call.arguments.get("with", [0, 0, 0, 0, 0, 0])
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments))
    call.answer({"error": errno.errorcode[ctypes.get_errno()] if result < 0 else "done"})


def fork_bomb(call: Call) -> None:
    """Fork as often as it goes; every child sleeps."""
    forks = 0
    try:
        while forks < 1000:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            forks += 1
    except OSError as error:
        call.answer({"forks": forks, "error": errno.errorcode[error.errno or 0]})


def thread_bomb(call: Call) -> None:
    """Start threads until the system refuses one."""
    stop, threads = threading.Event(), 0
    try:
        while threads < 1000:
            threading.Thread(target=stop.wait, daemon=True).start()
            threads += 1
    except RuntimeError:
        call.answer({"threads": threads})


def memory_bomb(call: Call) -> None:
    """Take and touch memory without end."""
    hoard: list[bytearray] = []
    while len(hoard) < 4096:
        hoard.append(bytearray(os.urandom(4096)) * 2048)
    call.answer({"mib": len(hoard) * 8})


def shared_memory(call: Call) -> None:
    """Memory that RLIMIT_DATA does not count: shared and anonymous."""
    call.answer({"error": error_of(lambda: mmap.mmap(-1, 64 * MIB, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))})


def memfd_bomb(call: Call) -> None:
    """Memory that RLIMIT_DATA does not count: files without a name, filled up to `mib`."""
    written, page = 0, b"\xa5" * MIB
    while written < call.arguments["mib"]:
        fd = os.memfd_create("hoard")
        for _ in range(15):
            os.write(fd, page)
        written += 15
    call.answer({"mib": written})


def pipe_bomb(call: Call) -> None:
    """Kernel memory through full pipes."""
    pipes = 0
    try:
        while pipes < 10000:
            _, write = os.pipe()
            os.set_blocking(write, False)
            os.write(write, bytes(65536))
            pipes += 1
    except OSError as error:
        call.answer({"pipes": pipes, "error": errno.errorcode[error.errno or 0]})


def fill_disk(call: Call) -> None:
    """Write as much as every place takes."""
    call.answer({folder: _fill(Path(folder)) for folder in ("/tmp", "/", "/dev", "/karui", "/usr/lib64")})


def _fill(folder: Path) -> dict[str, Any]:
    written, chunk, errors = 0, bytes(MIB), set()
    for number in range(8):
        try:
            with (folder / f"fill-{number}").open("wb", buffering=0) as file:
                while written < 1024 * MIB:
                    written += file.write(chunk)
        except OSError as error:
            errors.add(errno.errorcode[error.errno or 0])
    return {"mib": written // MIB, "errors": sorted(errors)}


def flood_inodes(call: Call) -> None:
    """Files without content cost kernel memory."""
    for number in range(10_000_000):
        Path(f"/tmp/i{number}").touch()
    call.answer({})


def open_sockets(call: Call) -> None:
    """One socket of every family that matters."""
    families = {"inet": 2, "inet6": 10, "unix": 1, "netlink": 16, "packet": 17, "vsock": 40}
    kinds = {name: socket.SOCK_RAW if name in ("netlink", "packet") else socket.SOCK_STREAM for name in families}
    call.answer({name: error_of(partial(socket.socket, families[name], kinds[name])) for name in families})


def connect_out(call: Call) -> None:
    """Reach a listener on the host's loopback."""

    def connect() -> None:
        with socket.socket() as client:
            client.settimeout(2)
            client.connect(("127.0.0.1", call.arguments["port"]))

    call.answer({"error": error_of(connect)})


def read_secrets(call: Call) -> None:
    """Read what is not ours: passwords, keys, other processes, devices, the parent's files."""
    call.answer({path: error_of(partial(read_head, path)) for path in call.arguments["paths"]})


def read_head(path: str) -> bytes:
    """The first bytes of a file."""
    with Path(path).open("rb") as file:
        return file.read(10)


def needle_of(call: Call) -> bytes:
    """What to look for. It comes in upside down, or the search would find the question."""
    return bytes(byte ^ 0xFF for byte in bytes.fromhex(call.arguments["inverted_needle"]))


def look_around(call: Call) -> None:
    """Everything that can be seen from here that could carry a secret: environment, descriptors, file names, memory."""
    call.answer(
        {
            "environment": dict(os.environ),
            "argv": sys.orig_argv,
            "descriptors": {str(fd): _describe(fd) for fd in range(256) if _is_open(fd)},
            "files": sorted(_files(["/tmp", "/karui", "/proc", "/sys", "/dev"]))[:4000],
            "pids": [pid for pid in range(1, 20) if error_of(partial(os.sched_getscheduler, pid)) == "done"],
            "hits": [path for path in _files(["/"]) if _holds(path, needle_of(call))],
        }
    )


def _is_open(fd: int) -> bool:
    return error_of(lambda: os.fstat(fd)) == "done"


def _describe(fd: int) -> str:
    mode = os.fstat(fd).st_mode
    return "pipe" if stat.S_ISFIFO(mode) else "device" if stat.S_ISCHR(mode) else "file"


def _files(roots: Iterable[str]) -> Iterable[str]:
    packages = [path for path in (sys.prefix, *sys.path) if not path.startswith("/karui")]
    skipped = {"/usr", "/dev", *("/" + Path(path).parts[1] for path in packages)}
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if str(Path(folder, name)) not in skipped]
            yield from (str(Path(folder, name)) for name in names)


def _holds(path: str, needle: bytes) -> bool:
    try:
        return needle in Path(path).read_bytes()
    except OSError:
        return False


def search_own_memory(call: Call) -> None:
    """Look for the needle in every descriptor and in every mapping of the two shared files."""
    needle = needle_of(call)
    found = []
    for fd in range(256):
        try:
            size = os.fstat(fd).st_size
            if needle in os.pread(fd, min(size, 64 * MIB), 0):
                found.append(fd)
        except OSError:
            continue
    call.answer({"found": found})


def write_outside(call: Call) -> None:
    """Leave something behind outside /tmp."""
    paths = ["/x", "/etc/x", "/dev/x", "/dev/shm/x", "/proc/sys/kernel/core_pattern", "/sys/x", "/karui/x",
             "/usr/lib/x", "/var/x", "/run/x", "/karui/grader/__init__.py",
             f"{call.arguments['packages']}/evil.pth"]  # fmt: skip
    call.answer({path: error_of(partial(Path(path).write_text, "x")) for path in paths})


def daemonize(call: Call) -> None:
    """Outlive the job."""
    error_of(os.setsid)
    call.answer({"error": error_of(os.fork)})


def trace_init(call: Call) -> None:
    """Attach to pid 1, which runs as the parent's user where the parent is an ordinary one."""
    result = libc.ptrace(PTRACE_ATTACH, 1, None, None)
    call.answer({"error": errno.errorcode[ctypes.get_errno()] if result < 0 else "done"})


def kill_others(call: Call) -> None:
    """Signal somebody: `pid` is 1, -1 or the parent."""
    pid = call.arguments["pid"] or os.getppid()
    call.answer({"error": error_of(lambda: os.kill(pid, signal.SIGTERM))})


def make_namespace(call: Call) -> None:
    """Become root in a user namespace of our own."""
    result = libc.unshare(CLONE_NEWUSER)
    call.answer({"error": errno.errorcode[ctypes.get_errno()] if result < 0 else "done"})


def flood_log(call: Call) -> None:
    """Print without end."""
    while True:
        os.write(call.arguments["fd"], bytes(65536))


def flood_control(call: Call) -> None:
    """Speak without waiting for the answer."""
    while True:
        os.write(control_fd(), b'{"event":"mark","name":"x"}\n' * 100)


def say_bytes(call: Call) -> None:
    """Say `text` on the control line, or a pickle."""
    said = call.arguments.get("text")
    os.write(control_fd(), said.encode() if said else pickle.dumps({"event": "done"}) + b"\n")
    time.sleep(30)


def say_twice(call: Call) -> None:
    """Two answers."""
    call.answer({"honest": True})
    call.answer({"honest": False})


def nest_reply(call: Call) -> None:
    """A reply that is one deep hole."""
    fd = output_fd()
    depth = 500_000
    os.pwrite(fd, b"[" * depth + b"]" * depth, 0)
    call._tell({"event": "reply", "size_bytes": 2 * depth})


def control_fd() -> int:
    """The write end of the control line: the one pipe besides the log that can be written."""
    pipes = [fd for fd in range(3, 256) if _is_open(fd) and _describe(fd) == "pipe"]
    return next(fd for fd in pipes if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY)


def output_fd() -> int:
    """The one shared file that can be written: output has no write seal."""
    files = [fd for fd in range(3, 256) if _is_open(fd) and _describe(fd) == "file"]
    return next(fd for fd in files if not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE)


def tamper_with_files(call: Call) -> None:
    """Grow the output to 1 TB, write past its end, write into the input."""
    output, size = output_fd(), os.fstat(output_fd()).st_size
    files = [fd for fd in range(3, 256) if _is_open(fd) and _describe(fd) == "file"]
    sealed = [fd for fd in files if fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE]
    call.answer(
        {
            "grow": error_of(lambda: os.ftruncate(output, 1 << 40)),
            "beyond": error_of(lambda: os.pwrite(output, b"x", size)),
            "input": sorted({error_of(partial(os.pwrite, fd, b"x", 0)) for fd in sealed}),
        }
    )


def spin(call: Call) -> None:
    """Ignore every signal that can be ignored and burn time."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def burn(call: Call) -> None:
    """Burn time without any trick."""
    while True:
        pass


def sleep(call: Call) -> None:
    """Do nothing, for ever."""
    while True:
        time.sleep(60)


def raise_limits(call: Call) -> None:
    """Take the ceilings off."""
    kinds = ("CPU", "DATA", "AS", "NPROC", "NOFILE", "FSIZE", "CORE", "STACK")

    def lift(kind: str) -> None:
        infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        try:
            resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), infinite)
        except ValueError as refused:  # Python's word for EPERM here
            raise PermissionError(errno.EPERM, str(refused)) from refused

    call.answer({kind: error_of(partial(lift, kind)) for kind in kinds})


def change_core(call: Call) -> None:
    """Move to other cores."""
    call.answer({"error": error_of(lambda: os.sched_setaffinity(0, range(os.cpu_count() or 1)))})


def inject_terminal(call: Call) -> None:
    """Type into the terminal of whoever started us."""
    call.answer(
        {
            "inject": error_of(lambda: fcntl.ioctl(0, termios.TIOCSTI, b"x")),
            "tty": error_of(lambda: Path("/dev/tty").read_bytes()),
        }
    )


def die(call: Call) -> None:
    """End by a signal of one's own making."""
    number = call.arguments["signal"]
    if number == signal.SIGSEGV:
        ctypes.string_at(0)
    if number == signal.SIGABRT:
        libc.abort()
    signal.pthread_kill(threading.get_ident(), number)
    time.sleep(5)


def read_file(call: Call) -> None:
    """Read one file that is really there."""
    call.answer({"error": error_of(lambda: Path(call.arguments["path"]).read_bytes())})


def start_program(call: Call) -> None:
    """Replace ourselves by another program."""
    call.answer({"error": error_of(lambda: os.execv(sys.executable, [sys.executable, "-V"]))})  # noqa: S606


def create_file(call: Call) -> None:
    """Create a file in /tmp."""
    call.answer({"error": error_of(lambda: Path("/tmp/x").write_text("x"))})


def run_made_code(call: Call) -> None:
    """Make a page executable."""
    flags, protection = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    call.answer({"error": error_of(lambda: mmap.mmap(-1, 4096, flags, protection))})


def do_nothing(call: Call) -> None:
    """An honest job."""
    call.answer({})
