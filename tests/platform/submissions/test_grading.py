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
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import deletion
from accounts.models import User
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from grader.errors import SandboxUnavailable
from grader.evaluation import Evaluated
from grader.report import Report, Result
from grader.stages import Progress, Stage
from skills.models import Evidence, Kind
from submissions import files, tasks
from submissions.models import Phase, Status, Submission
from submissions.work import OurFault

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
ONNX = b"\x08\x08 not really a model, but it begins like one"


@pytest.fixture(autouse=True)
def stored_entry(submission: Submission) -> None:
    """The bytes that were handed in."""
    default_storage.save(files.path_of(submission.sha256), ContentFile(ONNX))


@pytest.fixture
def judge_says(monkeypatch: pytest.MonkeyPatch, evaluated: Evaluated) -> Callable[[Any], list[bytes]]:
    """Replace the judge (and the sandbox): every entry can be evaluated, and its timing ends with a verdict.

    That is a report, an error to raise or a function of the progress.
    """
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)

    def evaluate(spec: Any, entry: Any, split: str, sandbox: Any, progress: Progress) -> Evaluated:
        assert split == "hidden"
        return replace(evaluated, model=entry.data)

    def install(verdict: Any) -> list[bytes]:
        timed: list[bytes] = []

        def time(spec: Any, given: Evaluated, split: str, sandbox: Any, progress: Progress) -> Report:
            assert split == "hidden"
            timed.append(given.model)
            if isinstance(verdict, Exception):
                raise verdict
            report: Report = verdict(progress) if callable(verdict) else verdict
            return report

        monkeypatch.setattr("submissions.grading.judge.evaluate", evaluate)
        monkeypatch.setattr("submissions.grading.judge.time", time)
        return timed

    return install


def grade() -> None:
    """What two workers do with the submission whose turn it is."""
    tasks.evaluate()
    tasks.time()


def test_it_stores_the_report_of_a_graded_entry(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    timed = judge_says(graded())

    grade()

    submission.refresh_from_db()
    assert timed == [ONNX]
    assert submission.status == Status.GRADED
    assert submission.report.result == "passed"


def test_it_grades_a_row_once_however_often_the_message_comes(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    timed = judge_says(graded())

    grade()
    grade()

    assert len(timed) == 1


def test_it_leaves_a_cancelled_submission_alone(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    timed = judge_says(graded())
    submission.cancel()

    grade()

    assert timed == []


def test_an_unexpected_error_is_our_fault_and_not_charged(
    submission: Submission,
    user: User,
    judge_says: Callable[[Any], list[bytes]],
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
) -> None:
    judge_says(ZeroDivisionError("of ours"))

    grade()
    grade()

    submission.refresh_from_db()
    assert (submission.status, submission.failure_code) == (Status.FAILED, OurFault.CRASHED)
    assert Submission.objects.attempts_left(user, submission.challenge) == settings.DAILY_ATTEMPTS
    assert "ZeroDivisionError" in caplog.text  # the trace is kept, in the log only
    assert "of ours" not in submission.report_json


def test_a_missing_sandbox_fails_with_its_own_code(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise SandboxUnavailable("sandbox_no_bubblewrap", fix="apt-get install bubblewrap")

    monkeypatch.setattr("submissions.grading.open_sandbox", refuse)

    grade()
    grade()

    submission.refresh_from_db()
    assert (submission.status, submission.failure_code) == (Status.FAILED, "sandbox_no_bubblewrap")


def test_a_damaged_stored_file_is_our_fault(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    timed = judge_says(graded())
    path = files.path_of(submission.sha256)
    default_storage.delete(path)
    default_storage.save(path, ContentFile(ONNX[:-1]))

    grade()
    grade()

    submission.refresh_from_db()
    assert submission.status == Status.FAILED
    assert timed == []


def test_a_noisy_timing_is_repeated_once_after_a_while_and_then_kept(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]], settings: Settings
) -> None:
    timed = judge_says(graded(noisy=True))

    grade()
    tasks.time()  # too early
    waiting = Submission.objects.get(pk=submission.pk)
    Submission.objects.update(not_before=now())
    tasks.time()

    submission.refresh_from_db()
    assert (waiting.status, waiting.phase, waiting.noisy_before) == (Status.QUEUED, Phase.TIMING, True)
    assert submission.status == Status.GRADED
    assert submission.report.measured
    assert submission.report.measured.latency.noisy
    assert len(timed) == 2


def test_a_fault_of_ours_in_the_timing_starts_the_grading_anew_once(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judge_says(ZeroDivisionError())
    grade()
    again = Submission.objects.get(pk=submission.pk)

    judge_says(graded())
    grade()

    submission.refresh_from_db()
    assert (again.status, again.phase, again.losses) == (Status.QUEUED, Phase.EVALUATION, 1)
    assert submission.status == Status.GRADED


def test_an_entry_that_is_refused_never_reaches_the_timing(
    submission: Submission, rejected: Report, monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)
    monkeypatch.setattr("submissions.grading.judge.evaluate", lambda *_: rejected)

    tasks.evaluate()

    submission.refresh_from_db()
    assert submission.status == Status.REJECTED
    assert sent == []


def test_an_evaluated_entry_waits_in_the_line_for_timing(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]], sent: list[str]
) -> None:
    judge_says(graded())

    tasks.evaluate()

    submission.refresh_from_db()
    assert (submission.status, submission.phase, submission.stage) == (Status.QUEUED, Phase.TIMING, Stage.TIME)
    assert submission.evaluation_s is not None
    assert sent == ["timing"]


def test_a_turn_that_went_by_in_vain_is_made_up_for(
    submission: Submission,
    user: User,
    rejected: Report,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    sent: list[str],
) -> None:
    settings.RUNNING_AT_ONCE = 1
    second = baker.make(Submission, owner=user, challenge=submission.challenge, sent_at=now())

    def evaluate(*_: object) -> Report:
        tasks.evaluate()  # the turn of the second one: its owner has one running
        return rejected

    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)
    monkeypatch.setattr("submissions.grading.judge.evaluate", evaluate)

    tasks.evaluate()

    assert Submission.objects.get(pk=second.pk).attempt == 0
    assert sent == ["evaluation"]


def test_what_the_evaluation_found_goes_when_it_is_no_longer_needed(
    submission: Submission, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    judge_says(graded())

    tasks.evaluate()
    tasks.reap()
    while_it_waits = files.evaluated()
    tasks.time()
    tasks.reap()

    assert while_it_waits == {submission.pk}
    assert files.evaluated() == set()


def test_it_goes_with_the_account(
    submission: Submission,
    user: User,
    graded: MakeReport,
    judge_says: Callable[[Any], list[bytes]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    judge_says(graded())
    tasks.evaluate()

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(user)

    assert files.evaluated() == set()


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

    grade()

    assert seen == [("inspect", 0.0), ("infer", 0.0), ("infer", 0.0), ("time", 0.5)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "moment", ["before the file is read", "while it is timed", "while our error is written", "before a retry"]
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

    grade()

    assert not Submission.objects.exists()
    assert not Evidence.objects.exists()
    assert not default_storage.exists(files.path_of(submission.sha256))
    assert not any(thread.name == "lease" for thread in threading.enumerate())


def test_a_message_for_a_row_that_is_gone_does_nothing(
    submission: Submission, user: User, graded: MakeReport, judge_says: Callable[[Any], list[bytes]]
) -> None:
    timed = judge_says(graded())
    deletion.delete(user)

    grade()

    assert timed == []


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

    grade()

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

    grade()

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

    grade()

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
        grade()

    submission.refresh_from_db()
    assert submission.status == Status.RUNNING  # the reaper returns it to the queue
