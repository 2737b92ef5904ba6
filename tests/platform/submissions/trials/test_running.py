"""From a queued trial to its tables, with a ladder that says what the test wants."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import deletion
from accounts.models import User
from grader.entry import Entry
from grader.errors import EntryRejected, SandboxUnavailable
from grader.ladder import LadderReport
from grader.parity import ParityReport
from submissions import files, tasks
from submissions.models import Submission, Trial, TrialEntry
from submissions.trials import running
from submissions.trials.models import Kind, TrialStatus

pytestmark = pytest.mark.django_db
ONNX = b"\x08\x08 not really a model, but it begins like one"
Says = Callable[[Any], list[bytes]]


@pytest.fixture(autouse=True)
def stored_entry(trial: Trial) -> None:
    """The bytes that are to be tried."""
    sha256 = Entry("float.onnx", ONNX).sha256
    trial.entries.update(sha256=sha256)
    default_storage.save(files.path_of(sha256), ContentFile(ONNX))


@pytest.fixture
def ladder_says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Replace the ladder (and the sandbox) with a result, an error to raise or a function of the progress."""
    monkeypatch.setattr("submissions.trials.running.open_sandbox", lambda: None)

    def install(outcome: Any) -> list[bytes]:
        tried: list[bytes] = []

        def climb(spec: Any, entry: Any, sandbox: Any, progress: Any) -> LadderReport:
            tried.append(entry.data)
            if isinstance(outcome, Exception):
                raise outcome
            report: LadderReport = outcome(progress) if callable(outcome) else outcome
            return report

        monkeypatch.setattr("submissions.trials.running.ladder", climb)
        return tried

    return install


def test_a_ladder_is_stored_as_it_was_measured(trial: Trial, ladder: LadderReport, ladder_says: Says) -> None:
    tried = ladder_says(ladder)

    tasks.run_trial()

    trial.refresh_from_db()
    assert tried == [ONNX]
    assert trial.status == TrialStatus.DONE
    assert trial.ladder == ladder


def test_a_trial_is_never_an_attempt(
    trial: Trial, ladder: LadderReport, user: User, ladder_says: Says, settings: Any
) -> None:
    ladder_says(ladder)

    running.run_next()

    assert Submission.objects.attempts_left(user, trial.challenge) == settings.DAILY_ATTEMPTS
    assert not Submission.objects.exists()


def test_it_runs_once_however_often_the_message_comes(trial: Trial, ladder: LadderReport, ladder_says: Says) -> None:
    tried = ladder_says(ladder)

    running.run_next()
    running.run_next()

    assert len(tried) == 1


def test_a_model_that_cannot_be_tried_is_refused_with_the_reason(trial: Trial, ladder_says: Says) -> None:
    ladder_says(EntryRejected("output_not_finite", items=7, total=5000))

    running.run_next()

    trial.refresh_from_db()
    assert (trial.status, trial.failure_code) == (TrialStatus.REFUSED, "output_not_finite")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ZeroDivisionError(), "grader_crashed"),
        (SandboxUnavailable("sandbox_no_bubblewrap", fix="x"), "sandbox_no_bubblewrap"),
    ],
)
def test_our_failure_is_told_as_ours(trial: Trial, ladder_says: Says, error: Exception, code: str) -> None:
    ladder_says(error)

    running.run_next()
    Trial.objects.get(pk=trial.pk, status=TrialStatus.QUEUED)  # tried once more
    running.run_next()

    trial.refresh_from_db()
    assert (trial.status, trial.failure_code) == (TrialStatus.FAILED, code)


def test_progress_reaches_the_row_rung_by_rung(trial: Trial, ladder: LadderReport, ladder_says: Says) -> None:
    seen = []

    def tell(progress: Any) -> LadderReport:
        for rung in ladder.rungs:
            progress(rung.name, 0.0)
            seen.append(Trial.objects.get(pk=trial.pk).stage)
        return ladder

    ladder_says(tell)

    running.run_next()

    assert seen == [rung.name for rung in ladder.rungs]


def test_models_are_compared_in_their_order_and_progress_names_the_position(
    comparison: Trial, parity: ParityReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison.entries.update(sha256=Entry("float.onnx", ONNX).sha256)
    seen = []

    def compare(spec: Any, entries: Any, sandbox: Any, progress: Any) -> ParityReport:
        for at, entry in enumerate(entries):
            progress(entry.name, at / len(entries))
            seen.append((Trial.objects.get().stage, entry.name))
        return parity

    monkeypatch.setattr("submissions.trials.running.open_sandbox", lambda: None)
    monkeypatch.setattr("submissions.trials.running.parity", compare)

    running.run_next()

    assert seen == [("0", "float.onnx"), ("1", "other.tflite")]
    assert Trial.objects.get().parity == parity


def test_the_reaper_returns_a_silent_trial_once_and_sends_it_again(trial: Trial, sent: list[str]) -> None:
    path, kept = files.path_of(trial.entries.get().sha256), []
    for _ in range(2):
        Trial.objects.get(pk=trial.pk).claim()
        Trial.objects.update(lease_until=now() - timedelta(seconds=1))
        tasks.reap()
        kept.append(default_storage.exists(path))

    trial.refresh_from_db()
    assert kept == [True, False]  # its second run needs the model, nobody does after that
    assert sent == ["trial"]
    assert (trial.status, trial.failure_code) == (TrialStatus.FAILED, "worker_lost")


@pytest.mark.parametrize(
    "outcome", ["done", EntryRejected("output_not_finite", items=7, total=5000), ZeroDivisionError()]
)
def test_the_model_goes_when_its_trial_has_ended(
    trial: Trial, ladder: LadderReport, ladder_says: Says, outcome: object
) -> None:
    path = files.path_of(trial.entries.get().sha256)
    ladder_says(ladder if outcome == "done" else outcome)
    assert default_storage.exists(path)

    while running.run_next():
        pass

    assert not default_storage.exists(path)
    assert [*trial.entries.get().attachments()] == []  # an export does not miss it


def test_the_model_stays_while_another_worker_has_the_trial(
    trial: Trial, ladder: LadderReport, ladder_says: Says
) -> None:
    ladder_says(ladder)
    Trial.objects.get(pk=trial.pk).claim()

    running.run_next()

    assert files.load(trial.entries.get()).data == ONNX
    assert len([*trial.entries.get().attachments()]) == 1


def test_the_model_goes_when_its_trial_is_taken_back(trial: Trial) -> None:
    path = files.path_of(trial.entries.get().sha256)

    assert trial.take_back()

    assert not default_storage.exists(path)


def test_the_model_stays_when_a_worker_was_first(trial: Trial) -> None:
    trial.claim()

    assert not trial.take_back()

    assert files.load(trial.entries.get()).data == ONNX


def test_the_model_of_a_submission_outlives_its_trial(
    trial: Trial, submission: Submission, ladder: LadderReport, ladder_says: Says
) -> None:
    Submission.objects.update(sha256=trial.entries.get().sha256)
    ladder_says(ladder)

    running.run_next()

    assert default_storage.exists(files.path_of(trial.entries.get().sha256))


def test_the_database_refuses_a_second_open_trial(trial: Trial, user: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.begin(user, "int8_fashion", Kind.LADDER, [])

    trial.cancel()

    assert Trial.objects.begin(user, "int8_fashion", Kind.LADDER, [])


def test_with_the_account_go_trials_and_their_models(
    trial: Trial,
    user: User,
    ladder: LadderReport,
    ladder_says: Says,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    tried = ladder_says(ladder)
    path = files.path_of(trial.entries.get().sha256)

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(user)
    running.run_next()

    assert tried == []
    assert not default_storage.exists(path)
    assert not Trial.objects.exists()
    assert not TrialEntry.objects.exists()


def test_a_file_stays_while_a_trial_or_a_submission_needs_it(trial: Trial, submission: Submission) -> None:
    path = files.path_of(trial.entries.get().sha256)
    Submission.objects.update(sha256=trial.entries.get().sha256)

    forget_tried = TrialEntry.forget_files(TrialEntry.objects.all())
    trial.delete()
    forget_tried()
    kept = default_storage.exists(path)
    forget_handed_in = Submission.forget_files(Submission.objects.all())
    submission.delete()
    forget_handed_in()

    assert kept
    assert not default_storage.exists(path)
