"""From an upload to a row in the queue."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from kombu.exceptions import OperationalError
from model_bakery import baker
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import deletion
from accounts.models import User
from challenges.spec import ChallengeSpec
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.report import Report
from grader.wording import sentences
from submissions import files, tasks
from submissions.intake import NoAttemptsLeft, queue, receive
from submissions.models import Submission
from submissions.work import forget_unneeded

pytestmark = pytest.mark.django_db
KEY = UUID(int=7)
ONNX = b"\x08\x08 not really a model, but it begins like one"


def upload(data: bytes = ONNX, name: str = "entry.onnx") -> SimpleUploadedFile:
    """What a browser sends."""
    return SimpleUploadedFile(name, data)


def test_it_queues_the_row_only_once_the_row_is_committed(
    user: User,
    spec: ChallengeSpec,
    sent: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        receive(user, spec, upload(), KEY)
        sent_before_commit = list(sent)

    assert sent_before_commit == []
    assert sent == ["evaluation"]


def test_it_stores_the_bytes_under_their_digest(user: User, spec: ChallengeSpec) -> None:
    submission = receive(user, spec, upload(), KEY)

    assert files.load(submission).data == ONNX
    assert default_storage.exists(f"entries/{submission.sha256[:2]}/{submission.sha256}")


def test_the_same_model_of_two_people_is_stored_once(user: User, spec: ChallengeSpec, settings: Settings) -> None:
    other = User.objects.create_user("other@example.com")

    receive(user, spec, upload(), KEY)
    receive(other, spec, upload(), KEY)

    stored = [path for path in Path(default_storage.path("entries")).rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert Submission.objects.count() == 2


def test_sending_an_upload_twice_hands_in_once(user: User, spec: ChallengeSpec) -> None:
    first = receive(user, spec, upload(), KEY)
    second = receive(user, spec, upload(), KEY)

    assert first == second
    assert Submission.objects.count() == 1


def test_sending_the_last_attempt_twice_is_not_refused(user: User, spec: ChallengeSpec, settings: Settings) -> None:
    settings.DAILY_ATTEMPTS = 1
    first = receive(user, spec, upload(), KEY)

    assert receive(user, spec, upload(), KEY) == first


def test_another_file_under_the_same_key_is_another_submission(user: User, spec: ChallengeSpec) -> None:
    first = receive(user, spec, upload(), KEY)
    second = receive(user, spec, upload(ONNX + b"!"), KEY)

    assert first != second


def test_the_key_of_somebody_else_opens_nothing(user: User, spec: ChallengeSpec) -> None:
    theirs = receive(User.objects.create_user("other@example.com"), spec, upload(), KEY)

    assert receive(user, spec, upload(), KEY) != theirs


def test_it_refuses_once_the_attempts_are_used_up(user: User, spec: ChallengeSpec, settings: Settings) -> None:
    settings.DAILY_ATTEMPTS = 1
    receive(user, spec, upload(), uuid4())

    with pytest.raises(NoAttemptsLeft):
        receive(user, spec, upload(), uuid4())


def test_an_upload_beyond_the_limit_leaves_no_bytes(user: User, spec: ChallengeSpec, settings: Settings) -> None:
    settings.DAILY_ATTEMPTS = 0

    with pytest.raises(NoAttemptsLeft):
        receive(user, spec, upload(), KEY)

    assert not default_storage.exists(files.path_of(Entry("entry.onnx", ONNX).sha256))


def test_what_is_taken_back_leaves_no_bytes(signed_in: Client, user: User, spec: ChallengeSpec) -> None:
    submission = receive(user, spec, upload(), KEY)
    path = files.path_of(submission.sha256)
    assert default_storage.exists(path)

    signed_in.post(reverse("submissions:cancel", args=[submission.pk]))

    assert not default_storage.exists(path)
    assert [*submission.attachments()] == []  # an export does not miss them


def test_the_same_bytes_stay_for_a_submission_that_still_waits(user: User, spec: ChallengeSpec) -> None:
    taken_back, kept = receive(user, spec, upload(), KEY), receive(user, spec, upload(), uuid4())

    taken_back.take_back()

    assert files.load(kept).data == ONNX


def test_an_upload_into_a_deleted_account_leaves_no_bytes(user: User, spec: ChallengeSpec) -> None:
    deletion.delete(User.objects.get())

    with pytest.raises(User.DoesNotExist):
        receive(user, spec, upload(), KEY)

    assert not default_storage.exists(files.path_of(Entry("entry.onnx", ONNX).sha256))


def test_the_bytes_are_kept_though_somebody_who_has_the_same_goes_meanwhile(
    user: User, spec: ChallengeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queue_late(*arguments: object) -> Submission:
        forget_unneeded({Entry("entry.onnx", ONNX).sha256})
        return queue(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("submissions.intake.queue", queue_late)

    submission = receive(user, spec, upload(), KEY)

    assert files.load(submission).data == ONNX


def test_a_refused_file_leaves_neither_row_nor_bytes(user: User, spec: ChallengeSpec) -> None:
    with pytest.raises(EntryRejected):
        receive(user, spec, upload(b""), KEY)

    assert not Submission.objects.exists()
    assert not default_storage.exists("entries")


def test_without_a_broker_the_row_waits_for_the_reaper(
    user: User,
    spec: ChallengeSpec,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def no_broker() -> None:
        raise OperationalError

    monkeypatch.setattr("submissions.tasks.evaluate.delay", no_broker)

    with django_capture_on_commit_callbacks(execute=True):
        submission = receive(user, spec, upload(), KEY)

    assert list(Submission.objects.unsent()) == [submission]


def test_the_reaper_sends_what_waits_without_a_message(submission: Submission, sent: list[str]) -> None:
    tasks.reap()
    tasks.reap()

    assert sent == ["evaluation"]


def test_a_worker_that_starts_rebuilds_the_queue(submission: Submission, sent: list[str]) -> None:
    submission.mark_sent()

    Submission.objects.forget_messages()
    tasks.reap()

    assert sent == ["evaluation"]


def oversized(spec: ChallengeSpec) -> bytes:
    """One byte more than the challenge takes."""
    return b"\x08" + bytes(spec.rules.max_bytes)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("entry.onnx", lambda spec: b"", "file_empty"),
        ("entry.onnx", oversized, "file_too_large"),
        ("entry.onnx", lambda spec: b"PK\x03\x04 a zip bomb, say", "archive"),
        ("entry.txt", lambda spec: b"weights: soon", "extension"),
        ("entry.onnx", lambda spec: b"just text", "not_the_format"),
    ],
)
def test_a_bad_file_is_refused_in_the_readers_language(
    signed_in: Client,
    spec: ChallengeSpec,
    name: str,
    make: Callable[[ChallengeSpec], bytes],
    code: str,
    language: str,
) -> None:
    page = signed_in.post(
        reverse("submissions:upload", args=[spec.id]),
        {"file": upload(make(spec), name), "upload_key": KEY},
        headers={"accept-language": language},
    )

    assert page.status_code == 422
    before_the_first_gap = sentences(language)[code].hint.split("{")[0]
    assert escape(before_the_first_gap) in page.content.decode()
    assert not Submission.objects.exists()


def test_a_good_upload_leads_to_its_page(signed_in: Client, spec: ChallengeSpec) -> None:
    answer = signed_in.post(reverse("submissions:upload", args=[spec.id]), {"file": upload(), "upload_key": KEY})

    assert answer.status_code == 302
    assert answer["Location"] == Submission.objects.get().get_absolute_url()


def test_a_form_without_a_file_says_so(signed_in: Client, spec: ChallengeSpec) -> None:
    page = signed_in.post(
        reverse("submissions:upload", args=[spec.id]), {"upload_key": KEY}, headers={"accept-language": "en"}
    )

    assert page.status_code == 422
    assert "Choose a model file first." in page.content.decode()


def test_a_failed_submission_is_graded_again_without_a_new_upload(
    signed_in: Client, user: User, spec: ChallengeSpec
) -> None:
    failed = receive(user, spec, upload(), KEY)
    failed.claim()
    Submission.objects.update(losses=1)
    failed.fail("grader_crashed", {})

    answers = [signed_in.post(reverse("submissions:again", args=[failed.pk])) for _ in range(2)]

    second = Submission.objects.exclude(pk=failed.pk).get()  # two clicks, one submission
    assert [answer["location"] for answer in answers] == [second.get_absolute_url()] * 2
    assert (second.sha256, second.file_name) == (failed.sha256, failed.file_name)


def test_grading_again_is_an_attempt_like_any_other(
    signed_in: Client, user: User, spec: ChallengeSpec, rejected: Report, settings: Settings
) -> None:
    settings.DAILY_ATTEMPTS = 1
    once = receive(user, spec, upload(), KEY)
    once.claim()
    once.finish(rejected)

    page = signed_in.post(reverse("submissions:again", args=[once.pk]), follow=True, headers={"accept-language": "en"})

    assert "No attempts are left" in page.content.decode()
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("status", ["queued", "cancelled"])
def test_what_waits_or_was_taken_back_is_not_graded_again(
    signed_in: Client, submission: Submission, status: str
) -> None:
    Submission.objects.update(status=status)

    assert signed_in.post(reverse("submissions:again", args=[submission.pk])).status_code == 404


def test_nobody_lets_the_entry_of_somebody_else_be_graded_again(signed_in: Client) -> None:
    theirs = baker.make(Submission, challenge="int8_fashion", status="failed")

    assert signed_in.post(reverse("submissions:again", args=[theirs.pk])).status_code == 404
