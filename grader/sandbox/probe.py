"""What this machine can do: found out by starting a job that tries to escape, never by guessing from versions."""

import itertools
import os
import platform
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.errors import Params, SandboxUnavailable
from grader.sandbox import policy
from grader.sandbox.base import Job, Outcome, Sandbox, Verdict
from grader.sandbox.limits import Limits

NONE = "none"
ESCAPES = {  # what is tried inside -> how it has to end
    "read": Verdict.INVALID_MODEL,  # the file is not there
    "socket": Verdict.FORBIDDEN_ACTION,
    "fork": Verdict.FORBIDDEN_ACTION,
}
CANARY_LIMITS = Limits(wall_s=20, cpu_s=10, memory_mib=512)
INSTALL_BUBBLEWRAP = "sudo apt-get install bubblewrap"
INSTALL_SETPRIV = "sudo apt-get install util-linux"
LOAD_APPARMOR_PROFILE = (
    "sudo apt-get install apparmor-profiles && "
    "sudo cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && "
    "sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"
)
OPEN_PATH = "sudo chmod -R a+rX "
DELEGATE_CGROUP = "systemd-run --user --scope -p Delegate=yes ./run"
ALLOW_NAMESPACES = "sudo sysctl -w kernel.unprivileged_userns_clone=1"
START_FAILURES = {  # what bubblewrap says -> what is missing, and the command for it
    "setting up uid map: Permission denied": ("sandbox_apparmor", LOAD_APPARMOR_PROFILE),
    "Failed RTM_NEWADDR": ("sandbox_apparmor", LOAD_APPARMOR_PROFILE),
    "new namespace": ("sandbox_no_namespaces", ALLOW_NAMESPACES),
    "pivot_root": ("sandbox_no_namespaces", ALLOW_NAMESPACES),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that this machine lacks: the code of its sentence, and the sentence's figures (`fix`: a command)."""

    code: str
    params: Params


@dataclass(frozen=True, slots=True)
class Capability:
    """backend: "bwrap-root", "bwrap-user" or "none". memory: who holds the limit, "cgroup1", "cgroup2" or "rlimit".

    missing: what keeps this machine from a sandbox (backend "none") or from a better one.
    """

    backend: str
    memory: str
    missing: tuple[Missing, ...] = ()


def open_sandbox() -> Sandbox:
    """A sandbox that was just seen to hold. Raises SandboxUnavailable; there is no way on without one."""
    sandbox, capability = _found()
    if sandbox is None:
        lacking = capability.missing[0]
        raise SandboxUnavailable(lacking.code, **lacking.params)
    return sandbox


def probe(*, refresh: bool = False) -> Capability:
    """What this machine can do. Remembered for the life of the process unless `refresh`."""
    if refresh:
        _found.cache_clear()
    return _found()[1]


@cache
def _found() -> tuple[Sandbox | None, Capability]:
    lacking = _missing_part()
    if lacking:
        return None, Capability(NONE, NONE, (lacking,))
    from grader.sandbox.bubblewrap import BubblewrapSandbox, Privilege  # imports what only Linux has
    from grader.sandbox.cgroups import find_tree

    lacking = _closed_path()
    if lacking:
        return None, Capability(NONE, NONE, (lacking,))
    tree = find_tree()
    if tree:
        tree.sweep()
    sandbox = BubblewrapSandbox(Privilege.ROOT if os.geteuid() == 0 else Privilege.USER, tree)
    lacking = find_leak(sandbox)
    if lacking:
        return None, Capability(NONE, NONE, (lacking,))
    without_cgroup = () if tree else (Missing("sandbox_no_cgroup", {"fix": DELEGATE_CGROUP}),)
    return sandbox, Capability(sandbox.backend, f"cgroup{tree.version}" if tree else "rlimit", without_cgroup)


def _missing_part() -> Missing | None:
    """What is not installed, or not possible on this system."""
    if sys.platform != "linux":
        return Missing("sandbox_not_linux", {"system": platform.system()})
    if platform.machine() not in policy.SECCOMP_SYSCALL:
        return Missing("sandbox_no_filter", {"machine": platform.machine()})
    if not shutil.which("bwrap"):
        return Missing("sandbox_no_bubblewrap", {"fix": INSTALL_BUBBLEWRAP})
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return Missing("sandbox_no_setpriv", {"fix": INSTALL_SETPRIV})
    return None


def _closed_path() -> Missing | None:
    """A root grader's jobs run as nobody in particular, who must be able to read what they are shown."""
    if os.geteuid() != 0:
        return None
    from grader.sandbox.mounts import executable, python_view

    for shown in (executable(), *python_view().binds):
        # Of folders a sample will do: who makes files for himself alone makes all of them so.
        for path in (Path(shown), *itertools.islice(Path(shown).glob("*.py"), 5)):
            if not path.stat().st_mode & stat.S_IROTH:
                return Missing("sandbox_unreadable", {"path": str(path), "fix": OPEN_PATH + shown})
    return None


def find_leak(sandbox: Sandbox) -> Missing | None:
    """Start a job for every way out, and say which one was open, or why nothing starts."""
    with tempfile.NamedTemporaryFile(prefix="karui-canary-") as canary:
        Path(canary.name).chmod(0o644)  # so that only its absence inside protects it
        for attempt, expected in ESCAPES.items():
            arguments = {"attempt": attempt, "canary": canary.name}
            job = Job(task="grader.sandbox.selftest:escape", files={}, arguments=arguments, limits=CANARY_LIMITS)
            try:
                outcome = sandbox.run(job)
            except SandboxUnavailable as unavailable:
                return Missing(unavailable.code, unavailable.params)
            if outcome.verdict is Verdict.SANDBOX_FAILED:
                return _start_failure(outcome)
            if outcome.verdict is not expected:
                return Missing("sandbox_leaks", {"attempt": attempt, "verdict": outcome.verdict.value})
    return None


def _start_failure(outcome: Outcome) -> Missing:
    detail = str(outcome.params["detail"])
    for said, (code, fix) in START_FAILURES.items():
        if said in detail:
            return Missing(code, {"detail": detail, "fix": fix})
    return Missing("sandbox_failed", {"detail": detail})
