"""Nothing is timed beside something else, and where the worker owns a core, all of it happens there."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from pytest_django import Settings

from submissions.timing_lock import alone_on_this_machine

ALLOWED = "import os; print(*os.sched_getaffinity(0))"


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> None:
    """A machine of the test's own."""
    settings.KARUI_HOME = tmp_path


def test_who_comes_second_waits_until_the_first_is_done() -> None:
    entered, second_is_in = Event(), Event()

    def second() -> None:
        entered.set()
        with alone_on_this_machine():
            second_is_in.set()

    with alone_on_this_machine():
        thread = Thread(target=second)
        thread.start()
        entered.wait()
        came_in_meanwhile = second_is_in.wait(0.3)
    thread.join()

    assert not came_in_meanwhile
    assert second_is_in.is_set()


def test_it_runs_on_the_core_that_the_worker_owns_and_so_do_its_children(settings: Settings) -> None:
    before = os.sched_getaffinity(0)
    settings.TIMING_CORE = min(before)

    with alone_on_this_machine():
        child = subprocess.run([sys.executable, "-c", ALLOWED], capture_output=True, text=True, check=True).stdout

    assert child.split() == [str(min(before))]
    assert os.sched_getaffinity(0) == before


def test_without_a_core_of_its_own_the_scheduler_chooses(settings: Settings) -> None:
    settings.TIMING_CORE = None
    before = os.sched_getaffinity(0)

    with alone_on_this_machine():
        assert os.sched_getaffinity(0) == before
