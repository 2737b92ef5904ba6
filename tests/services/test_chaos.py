"""All around the grader is killed at random while people hand in: each submission ends once, and none is lost."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.services.servers import Postgres, Redis, python
from tests.services.workers import SimulatedWorker, hand_in, rows

pytestmark = [pytest.mark.services, pytest.mark.slow]
FINAL = {"graded", "failed"}
CALM_S = 240
SEND_AGAIN = """
from submissions.models import Submission
from submissions.tasks import send
[send(row) for row in Submission.objects.waiting() for _ in range(2)]
"""


@pytest.fixture
def impatient(migrated: dict[str, str]) -> dict[str, str]:
    """Leases and repeats that are short, so that the test need not wait long."""
    quick = {"KARUI_LEASE_S": "3", "KARUI_REAP_EVERY_S": "1", "KARUI_RESEND_AFTER_S": "5", "KARUI_SELF_TEST": "0"}
    simulated = {"SIMULATED_EVALUATION_S": "0.1", "SIMULATED_TIMING_S": "0.02"}
    return {**migrated, **quick, **simulated, "KARUI_DAILY_ATTEMPTS": "1000"}


@pytest.fixture
def workers(impatient: dict[str, str], tmp_path: Path) -> Iterator[list[SimulatedWorker]]:
    """Four of them, the first with a clock."""
    four = [SimulatedWorker(f"w{n}", impatient, tmp_path, ("--beat",) if n == 0 else ()) for n in range(4)]
    for worker in four:
        worker.start()
    yield four
    for worker in four:
        worker.kill()


@pytest.mark.parametrize(
    ("people", "each", "blows"), [(6, 4, 4), pytest.param(20, 10, 30, marks=pytest.mark.long)], ids=["24", "200"]
)
def test_every_submission_ends_once_whatever_is_killed(
    impatient: dict[str, str],
    workers: list[SimulatedWorker],
    postgres: Postgres,
    redis: Redis,
    people: int,
    each: int,
    blows: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = np.random.default_rng()

    def revive() -> None:
        worker = workers[chance.integers(len(workers))]
        worker.kill()
        worker.start()

    def send_twice() -> None:
        python(impatient, "manage.py", "shell", "--no-imports", "-c", SEND_AGAIN)

    disasters: dict[str, Callable[[], None]] = {
        "kill -9 of a worker": revive,
        "Redis lost": redis.restart,
        "PostgreSQL crashed": postgres.restart,
        "messages doubled": send_twice,
    }
    clients = hand_in(impatient, people, each)
    struck: Counter[str] = Counter()
    for name in map(str, chance.choice([*disasters], p=[5 / 8, 1 / 8, 1 / 8, 1 / 8], size=blows)):
        time.sleep(chance.uniform(0.5, 2))
        disasters[name]()
        struck[name] += 1
    assert clients.wait(CALM_S) == 0
    ended = calm(impatient, people * each)

    finished = Counter(row for worker in workers for row in worker.finished())
    states = Counter(row["status"] for row in ended)
    with capsys.disabled():
        print(f"\n{dict(struck)}: {dict(states)}, attempts {sum(row['attempt'] for row in ended)}")
    assert len(ended) == people * each
    assert set(states) <= FINAL
    assert max(finished.values()) == 1
    assert all(row["losses"] == 1 and row["failure_code"] for row in ended if row["status"] == "failed")


def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_and_takes_nothing_more(
    impatient: dict[str, str], tmp_path: Path
) -> None:
    worker = SimulatedWorker("patient", impatient | {"SIMULATED_EVALUATION_S": "3"}, tmp_path)
    before = len(rows(impatient))
    assert hand_in(impatient, people=1, each=2, first=10_000).wait() == 0
    worker.start()
    end = time.monotonic() + CALM_S
    while not worker.told("claimed") and time.monotonic() < end:
        time.sleep(0.1)

    exit_code = worker.stop()

    one, other = rows(impatient)[before:]
    assert exit_code == 0
    assert (one["status"], one["phase"], one["losses"]) == ("queued", "timing", 0)
    assert (other["status"], other["attempt"]) == ("queued", 0)


def calm(environment: dict[str, str], expected: int) -> list[dict[str, object]]:
    """The rows, once nothing waits or runs any more. Raises TimeoutError."""
    end = time.monotonic() + CALM_S
    while time.monotonic() < end:
        found = rows(environment)
        if len(found) >= expected and {row["status"] for row in found} <= FINAL:
            return found
        time.sleep(1)
    raise TimeoutError(Counter(row["status"] for row in found))
