"""Memory, process and CPU accounting of one job by the kernel, where this user may make cgroups (version 1 or 2).

A job's cgroup is named after its grader process and that process's start time, so a grader that was killed leaves
directories that the next one recognises and sweeps away.
"""

import itertools
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from grader.sandbox.limits import Limits

MOUNT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
PREFIX = "karui"
CONTROLLERS_V1 = ("memory", "pids", "cpuacct")
CONTROLLERS_V2 = {"memory", "pids"}
REAPER_PROCESSES = 2  # bubblewrap's pid 1, and setpriv before it becomes Python
REMOVAL_S = 2.0
_serial = itertools.count()


class Cgroup(Protocol):
    """The kernel's account of one job."""

    def admit(self, pid: int) -> None:
        """Move a process in; its children follow."""

    def cpu_ns(self) -> int:
        """CPU time used so far by everything inside."""

    def peak_bytes(self) -> int | None:
        """The most memory ever held, None where this kernel does not say."""

    def oom_kills(self) -> int:
        """How many processes the memory limit has killed."""

    def remove(self) -> None:
        """Delete it, once its processes are gone."""


class CgroupTree(Protocol):
    """A place where job cgroups can be made."""

    version: int

    def create(self, limits: Limits) -> Cgroup:
        """A new cgroup with these limits. Raises OSError where we may not."""

    def sweep(self) -> int:
        """Remove what dead graders left; the number of directories removed."""


class CgroupV1:
    """A job's directories in the memory, pids and cpuacct hierarchies."""

    def __init__(self, folders: dict[str, Path], limits: Limits) -> None:
        self._folders = folders
        memory_bytes = str(limits.memory_mib << 20)
        _write(folders["memory"] / "memory.limit_in_bytes", memory_bytes)
        swap = folders["memory"] / "memory.memsw.limit_in_bytes"
        if swap.exists():  # only kernels that account for swap have it
            _write(swap, memory_bytes)
        _write(folders["pids"] / "pids.max", str(limits.processes + REAPER_PROCESSES))

    def admit(self, pid: int) -> None:
        """Move a process in; its children follow."""
        for folder in self._folders.values():
            _write(folder / "cgroup.procs", str(pid))

    def cpu_ns(self) -> int:
        """CPU time used so far by everything inside."""
        return int((self._folders["cpuacct"] / "cpuacct.usage").read_text())

    def peak_bytes(self) -> int | None:
        """The most memory ever held, None where this kernel does not say."""
        return int((self._folders["memory"] / "memory.max_usage_in_bytes").read_text())

    def oom_kills(self) -> int:
        """How many processes the memory limit has killed."""
        return _table(self._folders["memory"] / "memory.oom_control").get("oom_kill", 0)

    def remove(self) -> None:
        """Delete it, once its processes are gone."""
        for folder in self._folders.values():
            _remove(folder)


class CgroupV2:
    """A job's one directory in the unified hierarchy."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        _write(folder / "memory.max", str(limits.memory_mib << 20))
        _write(folder / "pids.max", str(limits.processes + REAPER_PROCESSES))
        for file, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            if (folder / file).exists():
                _write(folder / file, value)

    def admit(self, pid: int) -> None:
        """Move a process in; its children follow."""
        _write(self._folder / "cgroup.procs", str(pid))

    def cpu_ns(self) -> int:
        """CPU time used so far by everything inside."""
        return _table(self._folder / "cpu.stat")["usage_usec"] * 1000

    def peak_bytes(self) -> int | None:
        """The most memory ever held, None where this kernel does not say."""
        peak = self._folder / "memory.peak"  # Linux 5.19 and later
        return int(peak.read_text()) if peak.exists() else None

    def oom_kills(self) -> int:
        """How many processes the memory limit has killed."""
        return _table(self._folder / "memory.events").get("oom_kill", 0)

    def remove(self) -> None:
        """Delete it, once its processes are gone."""
        _remove(self._folder)


class TreeV1:
    """Version 1: one hierarchy per controller, each under this process's own cgroup where that is visible."""

    version = 1

    def __init__(self, mount: Path = MOUNT, membership: Path = MEMBERSHIP) -> None:
        own = {name: path for names, path in _memberships(membership) for name in names.split(",")}
        self._parents = {name: _visible(mount / name, own.get(name, "/")) for name in CONTROLLERS_V1}

    def create(self, limits: Limits) -> Cgroup:
        """A new cgroup with these limits. Raises OSError where we may not."""
        name = _job_name()
        folders = {controller: parent / name for controller, parent in self._parents.items()}
        made: list[Path] = []
        try:
            for folder in folders.values():
                folder.mkdir()
                made.append(folder)
            return CgroupV1(folders, limits)
        except OSError:
            for folder in made:
                _remove(folder)
            raise

    def sweep(self) -> int:
        """Remove what dead graders left; the number of directories removed."""
        return sum(_sweep(parent) for parent in self._parents.values())


class TreeV2:
    """Version 2: a directory whose children get the memory and pids controllers."""

    version = 2

    def __init__(self, parent: Path) -> None:
        self._parent = parent

    def create(self, limits: Limits) -> Cgroup:
        """A new cgroup with these limits. Raises OSError where we may not."""
        folder = self._parent / _job_name()
        folder.mkdir()
        try:
            return CgroupV2(folder, limits)
        except OSError:
            _remove(folder)
            raise

    def sweep(self) -> int:
        """Remove what dead graders left; the number of directories removed."""
        return _sweep(self._parent)


def find_tree(mount: Path = MOUNT, membership: Path = MEMBERSHIP) -> CgroupTree | None:
    """The tree that this process may use, tried by making one cgroup in it; None without permission."""
    for tree in _candidates(mount, membership) if membership.exists() else ():
        try:
            tree.create(Limits()).remove()
        except (OSError, KeyError):
            continue
        return tree
    return None


def _candidates(mount: Path, membership: Path) -> Iterable[CgroupTree]:
    if not (mount / "cgroup.controllers").exists():
        yield TreeV1(mount, membership)
        return
    own = _visible(mount, next((path for names, path in _memberships(membership) if not names), "/"))
    for parent in (own, own.parent):  # a sibling of ours will do where the slice above is ours, as in a user's session
        if _hands_down(parent):
            yield TreeV2(parent)
    if _make_room(own):
        yield TreeV2(own)


def _hands_down(parent: Path) -> bool:
    control = parent / "cgroup.subtree_control"
    return control.exists() and set(control.read_text().split()) >= CONTROLLERS_V2


def _make_room(own: Path) -> bool:
    """Step aside into a leaf: a cgroup that holds processes cannot hand controllers down (systemd: Delegate=yes)."""
    leaf = own / f"{PREFIX}-self"
    try:
        leaf.mkdir(exist_ok=True)
        for pid in (own / "cgroup.procs").read_text().split():
            _write(leaf / "cgroup.procs", pid)
        _write(own / "cgroup.subtree_control", "+memory +pids")
    except OSError:
        return False
    return _hands_down(own)


def _memberships(membership: Path) -> list[tuple[str, str]]:
    """(controllers, path) of each line of /proc/self/cgroup."""
    lines = membership.read_text().splitlines()
    return [(names, path) for _, names, path in (line.split(":", 2) for line in lines)]


def _visible(mount: Path, path: str) -> Path:
    """Our own directory, or the top where a container shows its own subtree as the top."""
    own = mount / path.lstrip("/")
    return own if own.is_dir() else mount


def _job_name() -> str:
    pid = os.getpid()
    return f"{PREFIX}-{pid}-{_start_time(pid)}-{next(_serial)}"


def _start_time(pid: int) -> str:
    """Clock ticks from boot to the start of a process: with its pid, a name that no other process ever has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _sweep(parent: Path) -> int:
    dead = [folder for folder in parent.glob(f"{PREFIX}-*-*-*") if not _owner_lives(folder.name)]
    return sum(_remove(folder, patience_s=0) for folder in dead)


def _owner_lives(name: str) -> bool:
    _, pid, start_time, _ = name.rsplit("-", 3)
    return _start_time(int(pid)) == start_time


def _remove(folder: Path, patience_s: float = REMOVAL_S) -> bool:
    """Remove a cgroup; its last process may need some milliseconds to be gone."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return False
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        else:
            return True


def _table(file: Path) -> dict[str, int]:
    """A file of `key value` lines."""
    return {key: int(value) for key, value in (line.split() for line in file.read_text().splitlines())}


def _write(file: Path, value: str) -> None:
    """Write without creating: in a cgroup every file exists or the kernel lacks it."""
    fd = os.open(file, os.O_WRONLY)
    try:
        os.write(fd, value.encode())
    finally:
        os.close(fd)
