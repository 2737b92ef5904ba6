"""The sandbox: bubblewrap's namespaces and empty root, two seccomp filters, rlimits, and a cgroup where there is one.

As root the child really becomes another user (setpriv): root in a user namespace would still be root to files outside.
As an ordinary user the namespaces come from a user namespace.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from io import FileIO

from grader.sandbox import memfd, policy
from grader.sandbox.base import Job, Outcome
from grader.sandbox.cage import CageBroken, Program, caged
from grader.sandbox.cgroups import CgroupTree
from grader.sandbox.conversation import Conversation
from grader.sandbox.ending import Ending
from grader.sandbox.layout import Answers, lay_out
from grader.sandbox.limits import Limits
from grader.sandbox.mounts import (
    GRADER_PARENT,
    SETPRIV,
    View,
    executable,
    mount_options,
    native_view,
    package_roots,
    python_view,
)
from grader.sandbox.native import REPORT, Native, NativeOutcome, broken, native_outcome
from grader.sandbox.slots import slot_uid
from grader.sandbox.supervisor import Supervisor
from grader.sandbox.verdict import conclude, failed
from grader.sandbox.wires import Wires, pipe

NOBODY = "65534"
BOOT_FILTER = "boot filter"  # a name among the files of a cage that no path can have
START = "import sys; sys.path += sys.argv[2:]; from grader.sandbox.child import main; main(int(sys.argv[1]))"
ENVIRONMENT = {
    "PATH": "/usr/bin",
    "HOME": "/tmp",  # noqa: S108
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ORT_DISABLE_TELEMETRY": "1",
}


class Privilege(StrEnum):
    """Who the parent is, which decides how the child is made powerless."""

    ROOT = "bwrap-root"
    USER = "bwrap-user"


NAMESPACES = {
    # Not --unshare-all as root: it implies a user namespace, in which root stays root outside.
    Privilege.ROOT: (
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"),
    ),
    Privilege.USER: ("--unshare-all", "--unshare-user", "--uid", NOBODY, "--gid", NOBODY, "--cap-drop", "ALL"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which seccomp filters are put on. Only tests leave one out, to see that their attacks would work."""

    boot: bool = True
    lock: bool = True


class BubblewrapSandbox:
    """Runs each job in a fresh cage. Safe to use from several threads and processes at once.

    filters and view: only tests weaken the one or show more files in the other.
    """

    def __init__(
        self,
        privilege: Privilege,
        tree: CgroupTree | None,
        *,
        filters: Filters = Filters(),
        view: View | None = None,
    ) -> None:
        self.backend = privilege.value
        self._privilege, self._tree, self._filters = privilege, tree, filters
        self._view = self._with_setpriv(view or python_view())
        self._bwrap = shutil.which("bwrap") or "bwrap"

    def run(self, job: Job) -> Outcome:
        """Run one job to its end. Raises TypeError for a job whose arrays are not numbers and SandboxUnavailable when
        every slot is taken; never for what the model did.
        """
        return self.run_program(job, [executable(), "-I", "-S", "-B", "-c", START])

    def run_program(self, job: Job, argv: Sequence[str]) -> Outcome:
        """Run a program that gets the job's config descriptor and the import path as arguments."""
        called_ns = time.monotonic_ns()
        layout = lay_out(job)
        with ExitStack() as stack:
            wires = Wires(stack, job, layout, job.lock.value if self._filters.lock else "")
            conversation = Conversation(blob_bytes=job.blob_bytes, ring=wires.ring)
            try:
                ending = self._execute(argv, job, wires, conversation)
            except CageBroken as broken:
                verdict, code, params = failed(str(broken))
                return Outcome(verdict=verdict, code=code, params=params, backend=self.backend)
            answers = Answers(layout, partial(memfd.read, wires.outputs))
            return conclude(job, self.backend, called_ns, ending, conversation, answers)

    def run_native(self, native: Native) -> NativeOutcome:
        """Run a compiler or an emulator, which sees the system's libraries and what `native` names."""
        view = self._with_setpriv(native_view(native.binds))
        with ExitStack() as stack:
            stdin = stack.enter_context(memfd.bytes_memfd("karui-stdin", native.stdin))
            output = stack.enter_context(memfd.output_memfd(native.output_bytes))
            report = stack.enter_context(memfd.output_memfd(native.report_bytes))
            uid = stack.enter_context(self._uid())
            argv = [word.replace(REPORT, str(report.fileno())) for word in native.argv]
            program = Program(
                argv=[*_become(uid), *argv],
                options=lambda files: self._options(files, native.limits, view),
                data={**view.data, **native.files, BOOT_FILTER: _boot_filter(uid)},
                fds=[report.fileno()],
                stdin=stdin.fileno(),
                stdout=output.fileno(),
            )
            try:
                ending = self._watch_silent(program, native.limits)
            except CageBroken as cause:
                return broken(str(cause))
            return native_outcome(native, ending, output.fileno(), report.fileno())

    def _watch_silent(self, program: Program, limits: Limits) -> Ending:
        """Follow a program that has no control line."""
        with ExitStack() as stack, caged(self._bwrap, program, limits, self._tree) as cage:
            control, control_end = pipe(stack)
            control_end.close()
            return Supervisor(cage, limits, control, control_end, Conversation()).watch()

    def _uid(self) -> AbstractContextManager[int | None]:
        return slot_uid() if self._privilege is Privilege.ROOT else nullcontext()

    def _with_setpriv(self, view: View) -> View:
        return view.showing(SETPRIV) if self._privilege is Privilege.ROOT else view

    def _execute(self, argv: Sequence[str], job: Job, wires: Wires, conversation: Conversation) -> Ending:
        with self._uid() as uid:
            program = Program(
                argv=[*_become(uid), *argv, str(wires.config.fileno()), *package_roots(), GRADER_PARENT],
                options=lambda files: self._options(files, job.limits, self._view),
                data={**self._view.data, BOOT_FILTER: _boot_filter(uid)},
                fds=wires.child_fds(),
            )
            with caged(self._bwrap, program, job.limits, self._tree) as cage:
                wires.close_child_ends()
                conversation.cpu_clock_ns = cage.cpu_ns
                return Supervisor(cage, job.limits, wires.control, wires.answer, conversation).watch()

    def _options(self, files: Mapping[str, FileIO], limits: Limits, view: View) -> Iterator[str]:
        yield from (*NAMESPACES[self._privilege], "--die-with-parent", "--new-session", "--clearenv")
        for name, value in ENVIRONMENT.items():
            yield from ("--setenv", name, value)
        shown = {inside: file for inside, file in files.items() if inside != BOOT_FILTER}
        yield from mount_options(view, shown, limits.tmp_mib)
        if self._filters.boot:
            yield from ("--add-seccomp-fd", str(files[BOOT_FILTER].fileno()))


def _boot_filter(uid: int | None) -> bytes:
    return policy.bpf("boot" if uid is None else "boot_root")


def _become(uid: int | None) -> Sequence[str]:
    """Give away root for good, inside, after everything is mounted."""
    if uid is None:
        return ()
    nothing = ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
    return (SETPRIV, f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs", *nothing, "--")
