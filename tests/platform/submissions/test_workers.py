"""What workers tell of themselves, and that one whose figures are off times nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from challenges.self_test import Found
from grader.errors import SandboxUnavailable
from submissions import tasks
from submissions.models import Phase, Status, Submission, Worker
from submissions.workers import life
from submissions.workers.clock import clock_is_right
from submissions.workers.models import SelfTest

pytestmark = pytest.mark.django_db
NAME = "timer@here"
RIGHT = Found(drop=0.0, ratio=1.004, interval=(0.99, 1.02))


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery's threads close theirs; a test has but one."""
    monkeypatch.setattr("submissions.workers.life.connection.close", lambda: None)


@pytest.fixture
def timer() -> Worker:
    """A worker that has just started."""
    return baker.make(Worker, name=NAME, seen_at=now(), lines=["timing"])


@pytest.fixture
def measures(monkeypatch: pytest.MonkeyPatch) -> Callable[[Found | Exception], list[str]]:
    """Replace the self-test by what it finds."""
    monkeypatch.setattr("submissions.workers.clock.open_sandbox", lambda: None)

    def install(found: Found | Exception) -> list[str]:
        made: list[str] = []

        def self_test(_: object) -> Found:
            made.append("self-test")
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr("submissions.workers.clock.self_test", self_test)
        return made

    return install


def test_a_worker_tells_what_it_is_when_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("submissions.workers.life.backend", lambda: "bubblewrap")
    queues = [SimpleNamespace(name="evaluation"), SimpleNamespace(name="upkeep")]
    sender = SimpleNamespace(
        hostname=NAME, pool=SimpleNamespace(num_processes=4), task_consumer=SimpleNamespace(queues=queues)
    )

    life.begin(sender)

    worker = Worker.objects.get()
    assert (worker.lines, worker.slots, worker.self_test) == (["evaluation", "upkeep"], 4, SelfTest.PENDING)
    assert worker.environment["onnxruntime"]
    assert worker.environment["sandbox"] == "bubblewrap"


def test_each_sign_of_life_is_one_for_health_checks_too(timer: Worker, tmp_path: Path, settings: Settings) -> None:
    settings.ALIVE_PATH = tmp_path / "alive"

    life.live(SimpleNamespace(eventer=SimpleNamespace(hostname=NAME)))

    assert settings.ALIVE_PATH.exists()


def test_a_worker_that_is_asked_to_stop_is_no_longer_counted_on(timer: Worker) -> None:
    before = Worker.objects.taking("timing")

    life.stop(NAME)

    assert (before, Worker.objects.taking("timing")) == ([timer], [])


def test_a_worker_that_starts_anew_under_its_name_is_tested_anew(timer: Worker) -> None:
    Worker.objects.update(self_test=SelfTest.PASSED, stopping=True)

    Worker.objects.begin(NAME, ["timing"], 1, {})

    assert Worker.objects.get().self_test == SelfTest.PENDING
    assert Worker.objects.taking("timing") != []


def test_the_known_model_is_measured_once_before_the_first_timing(
    timer: Worker, measures: Callable[[Any], list[str]]
) -> None:
    made = measures(RIGHT)

    assert clock_is_right(NAME)
    assert clock_is_right(NAME)

    assert made == ["self-test"]
    assert Worker.objects.get().self_test_ratio == RIGHT.ratio


@pytest.mark.parametrize(
    "found",
    [
        Found(drop=0.0, ratio=1.2, interval=(1.15, 1.25)),
        Found(drop=0.001, ratio=1.0, interval=(0.99, 1.01)),
        SandboxUnavailable("sandbox_no_bubblewrap", fix="x"),
    ],
)
def test_a_worker_whose_figures_are_off_leaves_timing_to_others(
    timer: Worker,
    user: User,
    measures: Callable[[Any], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    found: Found | Exception,
) -> None:
    measures(found)
    left: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        "submissions.tasks.current_app.control.cancel_consumer",
        lambda line, destination: left.append((line, destination)),
    )
    monkeypatch.setattr("submissions.tasks.grading.time_next", lambda _: pytest.fail("it was timed"))
    waits = baker.make(Submission, owner=user, phase=Phase.TIMING, sent_at=now())

    tasks.time.push_request(hostname=NAME)
    tasks.time.run()
    tasks.time.pop_request()

    assert left == [("timing", [NAME])]
    assert list(Submission.objects.unsent()) == [waits]  # somebody else gets the turn
    assert Worker.objects.get().self_test == SelfTest.OFF
    assert Worker.objects.taking("timing") == []


def test_an_interval_that_is_wide_accuses_nobody() -> None:
    assert Found(drop=0.0, ratio=1.1, interval=(0.95, 1.3)).is_right


def test_where_it_is_switched_off_no_model_is_measured(
    timer: Worker, measures: Callable[[Any], list[str]], settings: Settings
) -> None:
    settings.SELF_TEST = False
    made = measures(RIGHT)

    assert clock_is_right(NAME)
    assert made == []


def test_a_result_carries_who_evaluated_and_who_timed_it(submission: Submission) -> None:
    submission.claim("evaluator@one")
    submission.hand_on()
    second = Submission.objects.get()
    second.claim("timer@two")

    row = Submission.objects.get()
    assert (row.evaluated_by, row.worker) == ("evaluator@one", "timer@two")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", ["採点の稼働状況", "自己診断", "採点プロセスが途中で"]),
        ("en", ["State of the grader", "Self-test", "stopped twice"]),
    ],
)
def test_everybody_sees_what_works_what_waits_and_what_failed(
    client: Client, user: User, language: str, words: list[str]
) -> None:
    cpu = {"cpu_model": "Example CPU", "onnxruntime": "1.32.0", "karui": "0.1", "python": "3.11"}
    baker.make(Worker, name=NAME, seen_at=now(), lines=["timing"], environment=cpu)
    baker.make(Worker, name="gone@there", seen_at=now() - timedelta(hours=1), environment={"cpu_model": "Old CPU"})
    baker.make(Submission, owner=user, challenge="int8_fashion", queued_at=now())
    baker.make(
        Submission, challenge="int8_fashion", status=Status.FAILED, failure_code="worker_lost", finished_at=now()
    )

    page = client.get("/status/", headers={"accept-language": language}).content.decode()

    assert all(word in page for word in (*words, "Example CPU"))
    assert "Old CPU" not in page
    assert NAME not in page  # names of machines are for operators
    assert user.email not in page
