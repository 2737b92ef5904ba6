"""What the lock adds, which our child puts on itself before it touches a model."""

import pytest

from grader.sandbox.base import Lock, Verdict
from grader.sandbox.bubblewrap import Filters
from grader.sandbox.mounts import package_roots
from tests.attacks.conftest import Run

pytestmark = pytest.mark.sandbox
BOTH = Filters()


@pytest.mark.parametrize("lock", list(Lock))
@pytest.mark.parametrize("program", ["fork_bomb", "open_sockets", "trace_init", "memfd_bomb", "make_namespace"])
def test_it_ends_a_locked_process_that_tries(program: str, lock: Lock, run_program: Run) -> None:
    outcome = run_program(program, filters=BOTH, lock=lock, arguments={"mib": 1})

    assert outcome.verdict is Verdict.FORBIDDEN_ACTION


@pytest.mark.parametrize("lock", list(Lock))
@pytest.mark.parametrize("program", ["start_program", "shared_memory", "change_core"])
def test_it_refuses_a_locked_process(program: str, lock: Lock, run_program: Run) -> None:
    outcome = run_program(program, filters=BOTH, lock=lock)

    assert outcome.reply == {"error": "EPERM"}


@pytest.mark.parametrize("lock", [Lock.STRICT, Lock.SCRATCH])
def test_no_memory_becomes_executable_where_nobody_compiles(lock: Lock, run_program: Run) -> None:
    outcome = run_program("run_made_code", filters=BOTH, lock=lock)

    assert outcome.reply == {"error": "EPERM"}


@pytest.mark.parametrize(("lock", "result"), [(Lock.STRICT, "EPERM"), (Lock.JIT, "EPERM"), (Lock.SCRATCH, "done")])
def test_files_are_made_under_the_scratch_lock_only(lock: Lock, result: str, run_program: Run) -> None:
    outcome = run_program("create_file", filters=BOTH, lock=lock)

    assert outcome.reply == {"error": result}


def test_the_scratch_lock_opens_nothing_outside_tmp(run_program: Run) -> None:
    outcome = run_program("write_outside", filters=BOTH, lock=Lock.SCRATCH, arguments={"packages": package_roots()[0]})

    assert set(outcome.reply.values()) <= {"EROFS", "ENOENT", "EACCES", "EPERM"}


def test_the_lock_cannot_be_replaced(run_program: Run) -> None:
    outcome = run_program("system_call", filters=BOTH, arguments={"name": "seccomp"})

    assert outcome.verdict is Verdict.FORBIDDEN_ACTION
