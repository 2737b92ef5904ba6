"""Cages for the attacks: the real one, weakened ones, and one without a cgroup."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.base import Job, Lock, Outcome
from grader.sandbox.bubblewrap import BubblewrapSandbox, Filters, Privilege
from grader.sandbox.cgroups import find_tree
from grader.sandbox.limits import Limits
from grader.sandbox.mounts import View, python_view
from grader.sandbox.probe import probe

HERE = Path(__file__).parent
PRIVILEGE = Privilege.ROOT if os.geteuid() == 0 else Privilege.USER
LIMITS = Limits(wall_s=8, cpu_s=3, memory_mib=256, tmp_mib=32, file_mib=16)
BOOT_FILTER_ALONE = Filters(lock=False)
NO_FILTERS = Filters(boot=False, lock=False)
Run = Callable[..., Outcome]


def show_attackers() -> View:
    """What a job sees, with the attackers' modules in it."""
    view = python_view()
    modules = {f"/karui/{path.name}": path.read_bytes() for path in HERE.glob("inside*.py")}
    return View(view.binds, {**view.data, **modules})


@pytest.fixture(scope="session")
def attack_view() -> View:
    """The attackers' view."""
    return show_attackers()


@pytest.fixture(scope="session", autouse=True)
def capability() -> str:
    """The backend of this machine; the tests are skipped, saying what is missing, where there is none."""
    found = probe()
    if found.backend == "none":
        pytest.skip(f"no sandbox here: {[missing.code for missing in found.missing]}")
    return found.backend


@pytest.fixture(scope="session")
def make_sandbox(attack_view: View) -> Callable[..., BubblewrapSandbox]:
    """A cage with the attackers inside; weaken it with `filters`, take its cgroup away with `tree=None`."""

    def make(**changes: Any) -> BubblewrapSandbox:
        return BubblewrapSandbox(
            PRIVILEGE,
            changes["tree"] if "tree" in changes else find_tree(),
            filters=changes.get("filters", Filters()),
            view=changes.get("view", attack_view),
        )

    return make


@pytest.fixture
def run_program(make_sandbox: Callable[..., BubblewrapSandbox]) -> Run:
    """Run one of `inside_programs` under the boot filter alone, as a program in place of our child would be."""

    def run(name: str, *, limits: Limits = LIMITS, filters: Filters = BOOT_FILTER_ALONE, **options: Any) -> Outcome:
        arguments, lock = options.pop("arguments", {}), options.pop("lock", Lock.STRICT)
        job = Job(task=f"inside_programs:{name}", files={}, arguments=arguments, lock=lock, limits=limits)
        return make_sandbox(filters=filters, **options).run(job)

    return run
