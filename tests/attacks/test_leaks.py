"""What is left after jobs that ended in every possible way, and after a grader that was killed: nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox.base import Job, Outcome
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.cgroups import find_tree
from tests.attacks import models
from tests.attacks.conftest import LIMITS, Run

pytestmark = pytest.mark.sandbox
CGROUPS = Path("/sys/fs/cgroup")
REPOSITORY = Path(__file__).parents[2]
AT_ONCE = 2
QUICK = replace(LIMITS, wall_s=2, memory_mib=128)  # to start takes half a second beside others
PROGRAMS = ("do_nothing", "sleep", "flood_control", "memory_bomb", "memfd_bomb", "say_bytes")
GRADER = """
from grader.sandbox.base import Job
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.cgroups import find_tree
from tests.attacks.conftest import PRIVILEGE, show_attackers

sandbox = BubblewrapSandbox(PRIVILEGE, find_tree(), view=show_attackers())
print("running", flush=True)
sandbox.run(Job(task="inside_programs:sleep", files={}))
"""


def inventory() -> dict[str, list[str]]:
    """Everything of ours that a job could leave behind."""
    return {
        "descriptors": sorted(open_descriptors()),
        "mounts": Path("/proc/self/mountinfo").read_text().splitlines(),
        "cgroups": sorted(map(str, CGROUPS.rglob(f"karui-{os.getpid()}-*"))),
        "processes": sorted(map(str, descendants(os.getpid()))),
        "files": [path.name for path in Path(tempfile.gettempdir()).iterdir()],
    }


def open_descriptors() -> Iterator[str]:
    """What each of our own leads to, but for the one that reads the list."""
    for fd in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(FileNotFoundError):
            yield str(fd.readlink())


def descendants(pid: int) -> Iterator[int]:
    """Children, their children, and so on."""
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, thread.read_text().split()):
            yield child
            yield from descendants(child)


def mixed_job(sandbox: BubblewrapSandbox, run_program: Run, number: int) -> Outcome:
    """Honest and hostile jobs in turn."""
    if number % 2:
        feeds = {models.INPUT: np.zeros((1, 4), dtype=np.float32)}
        return sandbox.run(Job(task="inside:run_onnx", files={"model": models.honest()}, tensors=feeds))
    return run_program(PROGRAMS[number // 2 % len(PROGRAMS)], limits=QUICK, arguments={"mib": 512})


@pytest.mark.parametrize("count", [30, pytest.param(1000, marks=pytest.mark.long)])
def test_it_leaves_nothing_behind(
    count: int,
    make_sandbox: Callable[..., BubblewrapSandbox],
    run_program: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sandbox = make_sandbox()
    mixed_job(sandbox, run_program, 0)
    before = inventory()

    with ThreadPoolExecutor(AT_ONCE) as pool:  # a job mostly waits for a limit
        outcomes = pool.map(partial(mixed_job, sandbox, run_program), range(count))
        verdicts = {outcome.verdict for outcome in outcomes}

    assert len(verdicts) >= 4, verdicts  # on a busy machine the limits of wall and CPU time can read the same
    assert inventory() == before


def wait_for(condition: Callable[[], bool], within_s: float) -> bool:
    """True as soon as the condition holds, False when it did not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_killed_grader_takes_its_job_with_it() -> None:
    grader = subprocess.Popen([sys.executable, "-c", GRADER], cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert grader.stdout
    try:
        assert grader.stdout.readline() == b"running\n"
        assert wait_for(lambda: len(list(descendants(grader.pid))) >= 3, within_s=20)
        caged = list(descendants(grader.pid))
    finally:
        grader.send_signal(signal.SIGKILL)
        grader.communicate()

    assert wait_for(lambda: not any(map(lives, caged)), within_s=1)
    assert left_by(grader.pid) == [] or sweep_away(grader.pid)


def lives(pid: int) -> bool:
    """False also for a zombie: that is only a name which its new parent has not crossed out yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def left_by(pid: int) -> list[Path]:
    """Cgroups named after a grader."""
    return list(CGROUPS.rglob(f"karui-{pid}-*"))


def sweep_away(pid: int) -> bool:
    """What the next grader does when it starts."""
    tree = find_tree()
    return tree is not None and tree.sweep() > 0 and left_by(pid) == []
