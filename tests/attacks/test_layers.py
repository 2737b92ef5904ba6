"""What each layer is worth: with the filters off the same attacks get through, so the corpus's tests can see them."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from grader.sandbox.base import Verdict
from grader.sandbox.bubblewrap import Privilege
from grader.sandbox.cgroups import CgroupTree, find_tree
from grader.sandbox.mounts import View
from tests.attacks.conftest import LIMITS, NO_FILTERS, PRIVILEGE, Run

pytestmark = pytest.mark.sandbox
as_root = pytest.mark.skipif(PRIVILEGE is not Privilege.ROOT, reason="tells what holds a job of a root grader")
as_user = pytest.mark.skipif(PRIVILEGE is not Privilege.USER, reason="tells what holds a job of an ordinary user")


def test_without_filters_a_fork_bomb_goes_off_until_the_process_limit(run_program: Run) -> None:
    outcome = run_program("fork_bomb", filters=NO_FILTERS)

    assert 0 < outcome.reply["forks"] <= LIMITS.processes
    assert outcome.reply["error"] == "EAGAIN"


def test_without_filters_and_cgroup_memfds_escape_the_memory_limit(run_program: Run) -> None:
    outcome = run_program("memfd_bomb", filters=NO_FILTERS, tree=None, arguments={"mib": 2 * LIMITS.memory_mib})

    assert outcome.reply["mib"] >= 2 * LIMITS.memory_mib


def test_without_filters_the_cgroup_still_counts_memfds(run_program: Run) -> None:
    if find_tree() is None:
        pytest.skip("no cgroup can be made by this user")

    outcome = run_program("memfd_bomb", filters=NO_FILTERS, arguments={"mib": 2 * LIMITS.memory_mib})

    assert outcome.verdict is Verdict.MEMORY_LIMIT


def test_without_filters_shared_memory_can_be_had(run_program: Run) -> None:
    outcome = run_program("shared_memory", filters=NO_FILTERS)

    assert outcome.reply == {"error": "done"}


def test_without_filters_a_new_user_namespace_can_be_made(run_program: Run) -> None:
    outcome = run_program("make_namespace", filters=NO_FILTERS)

    assert outcome.reply == {"error": "done"}


@as_user
def test_without_filters_pid_1_can_be_traced(run_program: Run) -> None:
    outcome = run_program("trace_init", filters=NO_FILTERS, limits=replace(LIMITS, wall_s=2))

    # Bubblewrap's pid 1 stops under the tracer, so the job never ends by itself.
    assert outcome.reply == {"error": "done"} or outcome.verdict is Verdict.TIME_LIMIT_WALL


@as_root
def test_the_user_id_alone_keeps_pid_1_from_being_traced(run_program: Run) -> None:
    outcome = run_program("trace_init", filters=NO_FILTERS)

    assert outcome.reply == {"error": "EPERM"}


def test_without_filters_sockets_exist_but_reach_nothing(run_program: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = run_program("open_sockets", filters=NO_FILTERS)
        reached = run_program("connect_out", filters=NO_FILTERS, arguments={"port": listener.getsockname()[1]})

    assert made.reply["inet"] == "done"
    assert reached.reply["error"] in ("ECONNREFUSED", "ENETUNREACH")


def test_without_the_lock_files_and_code_can_be_made(run_program: Run) -> None:
    assert run_program("create_file").reply == {"error": "done"}
    assert run_program("run_made_code").reply == {"error": "done"}


@as_root
@pytest.mark.parametrize(("mode", "result"), [(0o600, "EACCES"), (0o644, "done")])
def test_a_file_of_root_stays_closed_even_where_it_is_shown(
    mode: int, result: str, run_program: Run, attack_view: View, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("for root")
    secret.chmod(mode)

    outcome = run_program("read_file", view=attack_view.showing(str(secret)), arguments={"path": str(secret)})

    assert outcome.reply == {"error": result}


MEMORY_PROGRAMS = {
    "memory_bomb": Verdict.MEMORY_LIMIT,
    "memfd_bomb": Verdict.FORBIDDEN_ACTION,
    "shared_memory": Verdict.OK,
    "thread_bomb": Verdict.OK,
}


@pytest.mark.parametrize("name", MEMORY_PROGRAMS)
def test_it_holds_the_memory_limit_without_any_cgroup(name: str, run_program: Run) -> None:
    outcome = run_program(name, tree=None, arguments={"mib": 512})

    assert outcome.verdict is MEMORY_PROGRAMS[name], outcome
    assert outcome.usage.memory_peak_bytes is None


def test_it_measures_the_peak_where_a_cgroup_counts(run_program: Run) -> None:
    tree: CgroupTree | None = find_tree()
    if tree is None:
        pytest.skip(f"no cgroup can be made by user {os.geteuid()}")

    outcome = run_program("memory_bomb", tree=tree)

    assert outcome.usage.memory_peak_bytes is not None
    assert 0.9 < outcome.usage.memory_peak_bytes / (LIMITS.memory_mib << 20) <= 1
