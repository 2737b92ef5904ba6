"""What somebody who waits is told: how many come first, and how long that takes by earlier gradings."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.timezone import now
from model_bakery import baker

from accounts.models import User
from submissions.models import Phase, Status, Submission, Worker
from submissions.waiting import Wait, typical_s, wait_of

pytestmark = pytest.mark.django_db
CHALLENGE = "int8_fashion"


def took(seconds: float, *, minutes_ago: float = 60) -> None:
    """A grading that was evaluated in this time."""
    finished = now() - timedelta(minutes=minutes_ago)
    baker.make(Submission, challenge=CHALLENGE, status=Status.GRADED, evaluation_s=seconds, finished_at=finished)


@pytest.fixture
def worker() -> Worker:
    """One that lives."""
    return baker.make(Worker, name="here", seen_at=now(), lines=["evaluation"])


def waits(minutes_ago: float, owner: User | None = None) -> Submission:
    """An entry in the queue."""
    owner = owner or baker.make(User)
    return baker.make(Submission, owner=owner, challenge=CHALLENGE, queued_at=now() - timedelta(minutes=minutes_ago))


def test_the_wait_is_what_those_before_it_will_take(worker: Worker) -> None:
    took(90)
    waits(3)
    waits(2)
    last = waits(1)

    assert wait_of(last) == Wait(ahead=2, minutes=3)
    assert wait_of(last).place == 3


def test_what_runs_now_is_waited_for_too(worker: Worker) -> None:
    took(60)
    waits(3).claim()

    assert wait_of(waits(1)) == Wait(ahead=0, minutes=1)


def test_two_workers_halve_the_wait(worker: Worker) -> None:
    baker.make(Worker, name="there", seen_at=now(), lines=["evaluation", "timing"])
    baker.make(Worker, name="other", seen_at=now(), lines=["timing"])
    took(120)
    waits(3)
    waits(2)

    assert wait_of(waits(1)) == Wait(ahead=2, minutes=2)


def test_nothing_is_promised_before_anything_was_measured(worker: Worker) -> None:
    waits(3)

    assert wait_of(waits(1)) == Wait(ahead=1, minutes=None)


def test_nothing_is_promised_while_no_worker_lives() -> None:
    took(60)

    assert wait_of(waits(1)) == Wait(ahead=0, minutes=None)


def test_the_typical_time_is_the_median_of_the_last_gradings() -> None:
    took(1000, minutes_ago=999)
    for seconds in [*range(1, 20), 500]:
        took(seconds)

    assert typical_s(Phase.EVALUATION, CHALLENGE) == 10.5
    assert typical_s(Phase.TIMING, CHALLENGE) is None


@pytest.mark.parametrize(("language", "place"), [("ja", "順番は 2 番目です"), ("en", "Place 2 in the queue")])
def test_the_page_tells_it(signed_in: Client, user: User, worker: Worker, language: str, place: str) -> None:
    took(300)
    waits(3)
    mine = waits(1, user)
    cache.clear()

    page = signed_in.get(mine.get_absolute_url(), headers={"accept-language": language}).content.decode()

    assert place in page
    assert {"ja": "約 5 分後", "en": "in about 5 minutes"}[language] in page
