"""From a queued row to a stored report, with a judge that says what the test wants."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError
from pytest_django import Settings

from accounts import deletion
from accounts.models import User
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from grader.errors import SandboxUnavailable
from grader.report import Report, Result
from grader.stages import Progress, Stage
from skills.models import Evidence, Kind
from submissions import files, grading, tasks
from submissions.models import Status, Submission
from submissions.work import OurFault

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
ONNX = b"\x08\x08 not really a model, but it begins like one"


@pytest.fixture(autouse=True)
def stored_entry(submission: Submission) -> None:
    """The bytes that were handed in."""
    default_storage.save(files.path_of(submission.sha256), ContentFile(ONNX))


@pytest.fixture
def judge_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[bytes]]:
    """Replace the judge (and the sandbox) with a verdict, an error to raise or a function of the progress."""
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)

    def install(verdict: Any) -> list[bytes]:
        judged: list[bytes] = []

        def judge(spec: Any, entry: Any, split: str, sandbox: Any, progress: Progress) -> Report:
            assert split == "hidden"
            judged.append(entry.data)
            if isinstance(verdict, Exception):
                raise verdict
            report: Report = verdict(progress) if callable(verdict) else verdict
            return report

        monkeypatch.setattr("submissions.grading.judge", judge)
        return judged

    return install


def test_it_stores_the_report_of_a_graded_entry(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judged = judge_says(graded())

    grading.grade(submission)

    submission.refresh_from_db()
    assert judged == [ONNX]
    assert submission.status == Status.GRADED
    assert submission.report.result == "passed"


def test_it_grades_a_row_once_however_often_the_message_comes(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judged = judge_says(graded())
    twin = Submission.objects.get(pk=submission.pk)

    grading.grade(submission)
    grading.grade(twin)

    assert len(judged) == 1


def test_it_leaves_a_cancelled_submission_alone(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judged = judge_says(graded())
    submission.cancel()

    grading.grade(submission)

    assert judged == []


def test_an_unexpected_error_is_our_fault_and_not_charged(
    submission: Submission,
    user: User,
    judge_says: Callable[[Any], list[bytes]],
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
) -> None:
    judge_says(ZeroDivisionError("of ours"))

    grading.grade(submission)

    submission.refresh_from_db()
    assert (submission.status, submission.failure_code) == (Status.FAILED, OurFault.CRASHED)
    assert Submission.objects.attempts_left(user, submission.challenge) == settings.DAILY_ATTEMPTS
    assert "ZeroDivisionError" in caplog.text  # the trace is kept, in the log only
    assert "of ours" not in submission.report_json


def test_a_missing_sandbox_fails_with_its_own_code(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise SandboxUnavailable("sandbox_no_bubblewrap", fix="apt-get install bubblewrap")

    monkeypatch.setattr("submissions.grading.open_sandbox", refuse)

    grading.grade(submission)

    submission.refresh_from_db()
    assert (submission.status, submission.failure_code) == (Status.FAILED, "sandbox_no_bubblewrap")


def test_a_damaged_stored_file_is_our_fault(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judged = judge_says(graded())
    path = files.path_of(submission.sha256)
    default_storage.delete(path)
    default_storage.save(path, ContentFile(ONNX[:-1]))

    grading.grade(submission)

    submission.refresh_from_db()
    assert submission.status == Status.FAILED
    assert judged == []


def test_a_noisy_measurement_is_repeated_once_and_then_kept(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judged = judge_says(graded(noisy=True))

    grading.grade(submission)
    first = Submission.objects.get(pk=submission.pk)
    status_after_first = first.status
    grading.grade(first)

    first.refresh_from_db()
    assert status_after_first == Status.QUEUED
    assert first.status == Status.GRADED
    assert first.report.measured
    assert first.report.measured.latency.noisy
    assert len(judged) == 2


def test_progress_reaches_the_row_stage_by_stage(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    seen = []

    def tell(progress: Progress) -> Report:
        for stage, fraction in ((Stage.INSPECT, 0.0), (Stage.INFER, 0.0), (Stage.INFER, 0.01), (Stage.TIME, 0.5)):
            progress(stage, fraction)
            row = Submission.objects.get(pk=submission.pk)
            seen.append((row.stage, row.stage_fraction))
        return graded()

    judge_says(tell)

    grading.grade(submission)

    assert seen == [("inspect", 0.0), ("infer", 0.0), ("infer", 0.0), ("time", 0.5)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "moment", ["before the file is read", "while it is judged", "while our error is written", "before a retry"]
)
def test_it_ends_harmlessly_when_the_person_deletes_the_account(
    submission: Submission,
    user: User,
    graded: MakeReport,
    judge_says: Callable[[Any], list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    moment: str,
) -> None:
    settings.LEASE_S = 0.1

    def delete_meanwhile(progress: Progress) -> Report:
        deletion.delete(user)
        progress(Stage.TIME, 0.5)
        time.sleep(0.2)  # the lease is to be renewed
        if moment == "while our error is written":
            raise ZeroDivisionError
        return graded(noisy=moment == "before a retry")

    judge_says(delete_meanwhile)
    if moment == "before the file is read":
        monkeypatch.setattr("submissions.grading.catalogue", lambda: deletion.delete(user) or catalogue())

    grading.grade(submission)

    assert not Submission.objects.exists()
    assert not Evidence.objects.exists()
    assert not default_storage.exists(files.path_of(submission.sha256))
    assert not any(thread.name == "lease" for thread in threading.enumerate())


def test_a_message_for_a_row_that_is_gone_does_nothing(
    submission: Submission, user: User, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judged = judge_says(graded())
    deletion.delete(user)

    tasks.grade(str(submission.pk))
    grading.grade(submission)

    assert judged == []


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_one_stage_takes_long(
    submission: Submission,
    graded: MakeReport,
    judge_says: Callable[[Any], list[bytes]],
    settings: Settings,
) -> None:
    settings.LEASE_S = 0.3

    def take_long(_: Progress) -> Report:
        for _turn in range(8):
            time.sleep(0.1)
            Submission.objects.reap()
        return graded()

    judge_says(take_long)

    grading.grade(submission)

    submission.refresh_from_db()
    assert (submission.status, submission.losses) == (Status.GRADED, 0)
    assert not any(thread.name == "lease" for thread in threading.enumerate())


@pytest.mark.parametrize(("result", "level"), [(Result.PASSED, 2), (Result.PARTIAL, 1), (Result.BELOW_GATE, None)])
def test_a_graded_submission_is_evidence_for_the_skills_of_its_challenge(
    submission: Submission,
    graded: MakeReport,
    judge_says: Callable[[Any], list[bytes]],
    spec: ChallengeSpec,
    result: Result,
    level: int | None,
) -> None:
    judge_says(replace(graded(), result=result))

    grading.grade(submission)

    rows = Evidence.objects.of(submission.owner)
    assert {row.skill: row.level for row in rows} == ({} if level is None else dict.fromkeys(spec.skills, level))
    assert all(row.kind == Kind.MEASURED and row.address == submission.get_absolute_url() for row in rows)


def test_a_report_that_comes_too_late_is_no_evidence(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    def judge_slowly(_: Progress) -> Report:
        Submission.objects.update(attempt=9)
        return graded()

    judge_says(judge_slowly)

    grading.grade(submission)

    assert not Evidence.objects.exists()


def test_report_and_evidence_are_stored_together_or_not_at_all(
    submission: Submission,
    graded: MakeReport,
    judge_says: Callable[[Any], list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError

    judge_says(graded())
    monkeypatch.setattr("submissions.grading.record_evidence", fail)

    with pytest.raises(DatabaseError):
        grading.grade(submission)

    submission.refresh_from_db()
    assert submission.status == Status.RUNNING  # the reaper returns it to the queue
