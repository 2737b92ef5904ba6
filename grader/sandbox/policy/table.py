"""Which system calls a caged process may make: the source of truth from which `gen.py` compiles the filters.

Always an allowlist: a call that no line here names is refused with EPERM, and calls that only an attacker makes kill.

boot          put on by bubblewrap; lets Python start, import, map memory and write to its own /tmp
boot_root     the same where the parent is root: setpriv still has to give the privileges away
lock          put on by the child after its imports, before it touches a model: nothing is created, opened for writing,
              started or made executable any more
lock_scratch  the same, but files may be written in the job's own /tmp
lock_jit      `lock`, but memory may become executable: for runtimes that compile their kernels as they run
lock_emulator `lock_jit`, but it may send a signal: so an emulator dies of what its guest died of
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MACHINES = ("x86_64", "aarch64")


class Action(StrEnum):
    """What the kernel does with a call."""

    ALLOW = "allow"
    KILL = "kill"
    REFUSE = "refuse"  # EPERM: what every call gets that no line below names
    UNKNOWN = "unknown"  # ENOSYS: glibc then falls back to an older call
    NO_FAMILY = "no_family"  # EAFNOSUPPORT: the soft answer that resolver code expects


ERRNO = {Action.REFUSE: errno.EPERM, Action.UNKNOWN: errno.ENOSYS, Action.NO_FAMILY: errno.EAFNOSUPPORT}


@dataclass(frozen=True, slots=True)
class Bits:
    """A condition on one argument of a call: `argument & mask == value`."""

    argument: int
    mask: int
    value: int


@dataclass(frozen=True, slots=True)
class Rule:
    """`action` for `call` where every condition holds."""

    call: str
    action: Action
    conditions: tuple[Bits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter. `plain` maps calls to actions, whatever their arguments; `rules` look at arguments."""

    plain: Mapping[str, Action]
    rules: tuple[Rule, ...] = field(default=())


ORDINARY = """
read readv pread64 write writev pwrite64 lseek close close_range fstat stat lstat newfstatat statx access faccessat
faccessat2 readlink readlinkat getcwd getdents64 fcntl dup dup2 dup3 pipe2 munmap mremap madvise brk futex
set_robust_list get_robust_list rseq set_tid_address rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack exit
exit_group getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid uname sysinfo clock_gettime
clock_getres clock_nanosleep nanosleep gettimeofday time getrandom prlimit64 getrlimit getrusage times sched_yield
sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min poll ppoll select
pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 restart_syscall membarrier getcpu fadvise64 statfs
fstatfs tgkill arch_prctl
""".split()  # arch_prctl: oneDNN and MLAS ask the kernel for AMX tiles with it

WRITING = (
    "ftruncate fallocate unlink unlinkat mkdir mkdirat rmdir rename renameat renameat2 fsync fdatasync umask".split()
)

HOSTILE = """
ptrace process_vm_readv process_vm_writev bpf perf_event_open io_uring_setup io_uring_enter io_uring_register
userfaultfd keyctl add_key request_key mount umount2 pivot_root chroot unshare setns move_mount fsopen fsconfig fsmount
open_tree mount_setattr init_module finit_module delete_module kexec_load kexec_file_load open_by_handle_at
name_to_handle_at reboot swapon swapoff settimeofday clock_settime clock_adjtime adjtimex acct quotactl iopl ioperm
modify_ldt personality pidfd_open pidfd_getfd pidfd_send_signal process_madvise kcmp memfd_secret memfd_create syslog
vhangup socketpair connect bind listen accept accept4 sendto sendmsg shmget shmat shmctl shmdt semget semop semctl
msgget msgsnd msgrcv msgctl mq_open mq_unlink timer_create vmsplice splice tee setrlimit sched_setscheduler
sched_setattr kill tkill rt_sigqueueinfo rt_tgsigqueueinfo landlock_create_ruleset fanotify_init inotify_init1
lookup_dcookie sethostname setdomainname fork vfork
""".split()

PRIVILEGES = "setuid setgid setresuid setresgid setgroups capset".split()

PROT_EXEC = 0x4
MAP_SHARED_ANONYMOUS = 0x21
CLONE_THREAD = 0x10000
OPEN_TO_WRITE = 0o3 | 0o100 | 0o1000  # access mode, O_CREAT, O_TRUNC
HARMLESS_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIO(N)CLEX
WHOLE = 0xFFFFFFFF

THREADS = (
    Rule("clone", Action.ALLOW, (Bits(0, CLONE_THREAD, CLONE_THREAD),)),
    *(Rule("ioctl", Action.ALLOW, (Bits(1, WHOLE, request),)) for request in HARMLESS_IOCTLS),
)

# Shared anonymous memory escapes RLIMIT_DATA: of the two flags at most one may be set.
PRIVATE_MEMORY = tuple(Bits(3, MAP_SHARED_ANONYMOUS, flags) for flags in (0x00, 0x01, 0x20))

BOOT_RULES = (*THREADS, *(Rule("mmap", Action.ALLOW, (private,)) for private in PRIVATE_MEMORY))

NO_PROCESSES = Rule("clone", Action.KILL, (Bits(0, CLONE_THREAD, 0),))

LOCK_RULES = (
    *THREADS,
    NO_PROCESSES,
    *(Rule("mmap", Action.ALLOW, (Bits(2, PROT_EXEC, 0), private)) for private in PRIVATE_MEMORY),
    Rule("mprotect", Action.ALLOW, (Bits(2, PROT_EXEC, 0),)),
)

READ_ONLY_FILES = (
    Rule("open", Action.ALLOW, (Bits(1, OPEN_TO_WRITE, 0),)),
    Rule("openat", Action.ALLOW, (Bits(2, OPEN_TO_WRITE, 0),)),
)


def _plain(action: Action, calls: list[str]) -> dict[str, Action]:
    return dict.fromkeys(calls, action)


_COMMON = {
    **_plain(Action.KILL, HOSTILE),
    **_plain(Action.ALLOW, ORDINARY),
    "clone3": Action.UNKNOWN,
}
_BOOT = {
    **_COMMON,
    **_plain(
        Action.ALLOW,
        [*WRITING, "open", "openat", "mprotect", "execve", "wait4", "prctl", "seccomp", "kill", "rt_sigsuspend"],
    ),
    **_plain(Action.KILL, PRIVILEGES),
    "socket": Action.NO_FAMILY,
}
_LOCK = {**_COMMON, **_plain(Action.KILL, [*PRIVILEGES, "socket", "seccomp"])}
_JIT = {**_LOCK, "mprotect": Action.ALLOW}
JIT_RULES = (*BOOT_RULES, NO_PROCESSES, *READ_ONLY_FILES)

FILTERS: Mapping[str, Filter] = {
    "boot": Filter(plain=_BOOT, rules=BOOT_RULES),
    "boot_root": Filter(plain={**_BOOT, **_plain(Action.ALLOW, [*PRIVILEGES, "capget"])}, rules=BOOT_RULES),
    "lock": Filter(plain=_LOCK, rules=(*LOCK_RULES, *READ_ONLY_FILES)),
    "lock_scratch": Filter(
        plain={**_LOCK, **_plain(Action.ALLOW, [*WRITING, "open", "openat", "sendfile"])}, rules=LOCK_RULES
    ),
    "lock_jit": Filter(plain=_JIT, rules=JIT_RULES),
    "lock_emulator": Filter(plain={**_JIT, **_plain(Action.ALLOW, ["kill", "rt_sigsuspend"])}, rules=JIT_RULES),
}
