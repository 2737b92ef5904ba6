"""A remeasurement changes nothing about the entry, takes nothing from its owner, and waits below all else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from grader.evaluation import Evaluated
from grader.report import Report
from skills.models import Evidence
from submissions import files, grading, tasks
from submissions.models import Phase, Submission, Trial
from submissions.remeasurements.models import Remeasurement
from submissions.revisions.models import Rejudgement
from submissions.standings.models import Standing

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
NEW = ("ONNX Runtime 1.33.0", "karui-1")


@pytest.fixture
def done(submission: Submission, graded: MakeReport) -> Submission:
    """A submission that has passed."""
    submission.claim()
    assert grading.finish(submission, graded(ratio=0.3))
    submission.refresh_from_db()
    return submission


@pytest.fixture
def judge_says(monkeypatch: pytest.MonkeyPatch, evaluated: Evaluated) -> Callable[[Report], None]:
    """A judge."""
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)
    monkeypatch.setattr("submissions.files.load", lambda _: None)
    monkeypatch.setattr("submissions.grading.judge.evaluate", lambda *_: evaluated)

    def install(report: Report) -> None:
        monkeypatch.setattr("submissions.grading.judge.time", lambda *_: report)

    return install


def everything_that_counts(owner: User) -> list[object]:
    """All that a grading could change."""
    rows = (Submission.objects, Standing.objects, Evidence.objects)
    return [list(model.filter(owner=owner).order_by("pk").values()) for model in rows]


def test_a_worse_report_changes_nothing_that_counts(
    done: Submission, graded: MakeReport, judge_says: Callable[[Report], None]
) -> None:
    judge_says(graded(accuracy=0.85))
    before = everything_that_counts(done.owner)

    Remeasurement.objects.begin(done, *NEW)
    tasks.evaluate()
    tasks.time()

    row = Remeasurement.objects.get()
    assert row.status == "done"
    assert row.report == graded(accuracy=0.85)
    assert all(before)
    assert everything_that_counts(done.owner) == before
    assert not done.revisions.exists()


def test_it_costs_neither_an_attempt_nor_a_trial_nor_a_place(done: Submission) -> None:
    left = Submission.objects.attempts_left(done.owner, done.challenge)
    rows = [Remeasurement.objects.create(submission=done, owner=done.owner, runtime=f"{n}") for n in range(3)]
    for row in rows[:2]:
        row.claim()

    assert Submission.objects.attempts_left(done.owner, done.challenge) == left
    assert Submission.objects.all().may_begin(done.owner_id)
    assert Trial.objects.open_of(done.owner) is None
    assert Trial.objects.any_left(done.owner)


def test_pages_of_trials_do_not_list_it(signed_in: Client, done: Submission) -> None:
    Remeasurement.objects.begin(done, *NEW)

    page = signed_in.get(reverse("submissions:trials"))

    assert list(page.context["page"]) == []


def test_it_is_asked_for_once_with_the_same_versions(done: Submission) -> None:
    asked = [Remeasurement.objects.begin(done, *versions) for versions in (NEW, NEW, ("ONNX Runtime 1.34.0", NEW[1]))]

    assert asked == [True, False, True]


@pytest.mark.parametrize("phase", ["evaluation", "timing"])
def test_submissions_and_rejudgements_come_first(done: Submission, phase: str) -> None:
    Remeasurement.objects.begin(done, *NEW)
    baker.make(Rejudgement, submission=done, owner=done.owner, challenge=done.challenge)
    baker.make(Submission, challenge="int8_fashion")
    for kind in grading.KINDS:
        kind.objects.filter(status="queued").update(phase=phase)

    order = [type(grading.next_of(Phase(phase), "w")).__name__ for _ in range(4)]

    assert order == ["Submission", "Rejudgement", "Remeasurement", "NoneType"]


def test_it_gives_way_to_trials(done: Submission) -> None:
    Remeasurement.objects.begin(done, *NEW)
    trial = baker.make(Trial, challenge="int8_fashion", status="queued")

    meanwhile = grading.next_of(Phase.EVALUATION, "w")
    trial.cancel()

    assert meanwhile is None
    assert isinstance(grading.next_of(Phase.EVALUATION, "w"), Remeasurement)


def test_the_reaper_sends_it_and_lets_it_wait(done: Submission, sent: list[str], settings: Settings) -> None:
    Remeasurement.objects.begin(done, *NEW)
    Remeasurement.objects.update(queued_at=now() - timedelta(minutes=2 * settings.QUEUED_LIMIT_MIN))

    tasks.reap()

    assert sent == ["evaluation"]
    assert Remeasurement.objects.get().status == "queued"


def test_what_a_silent_worker_held_is_measured_by_another_and_then_given_up(done: Submission) -> None:
    Remeasurement.objects.begin(done, *NEW)
    seen = []
    for _ in range(2):
        row = Remeasurement.objects.get()
        assert row.claim()
        Remeasurement.objects.update(lease_until=now() - timedelta(seconds=1))
        tasks.reap()
        seen.append(Remeasurement.objects.get().status)

    assert seen == ["queued", "failed"]


def test_one_that_waits_is_forgotten_with_its_file(done: Submission) -> None:
    default_storage.save(files.path_of(done.sha256), ContentFile(b"model"))
    Remeasurement.objects.begin(done, *NEW)
    Submission.objects.filter(pk=done.pk).remove_files()

    tasks.reap()

    assert not Remeasurement.objects.exists()


def test_one_that_waits_for_versions_of_yesterday_is_forgotten_and_what_was_measured_is_not(done: Submission) -> None:
    for runtime in ("ONNX Runtime 1.32.0", NEW[0]):
        Remeasurement.objects.begin(done, runtime, NEW[1])
    Remeasurement.objects.begin(done, "ONNX Runtime 1.31.0", NEW[1])
    Remeasurement.objects.filter(runtime="ONNX Runtime 1.31.0").update(status="done")

    Remeasurement.objects.withdraw([NEW[0]], NEW[1])

    assert set(Remeasurement.objects.values_list("runtime", flat=True)) == {"ONNX Runtime 1.31.0", NEW[0]}


def test_what_was_measured_before_an_operator_replaced_the_result_says_nothing_of_the_new_one(
    done: Submission,
) -> None:
    Remeasurement.objects.begin(done, *NEW)
    before = Remeasurement.objects.of_what_stands().count()

    baker.make(Rejudgement, submission=done, owner=done.owner, status="done", finished_at=now())

    assert (before, Remeasurement.objects.of_what_stands().count()) == (1, 0)


def test_operators_see_it(client: Client, done: Submission) -> None:
    Remeasurement.objects.begin(done, *NEW)
    client.force_login(User.objects.create_superuser("operator@example.com", "x"))

    assert NEW[0] in client.get(reverse("admin:submissions_remeasurement_changelist")).content.decode()
