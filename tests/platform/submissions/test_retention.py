"""Model files are kept as long as the installation says and their owner wants; what was measured stays."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import Settings

from grader.report import Report
from submissions import files, tasks
from submissions.models import Status, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(submission: Submission, rejected: Report) -> Submission:
    """A submission that has been graded, with its file."""
    default_storage.save(files.path_of(submission.sha256), ContentFile(b"model"))
    submission.claim()
    submission.finish(rejected)
    return submission


def is_stored(submission: Submission) -> bool:
    return default_storage.exists(files.path_of(submission.sha256))


def test_files_go_after_the_days_that_the_installation_keeps_them(ended: Submission, settings: Settings) -> None:
    settings.KEEP_FILES_DAYS = 30
    tasks.reap()
    fresh = is_stored(ended)
    Submission.objects.update(finished_at=now() - timedelta(days=31))

    tasks.reap()

    assert (fresh, is_stored(ended)) == (True, False)
    assert Submission.objects.get().file_removed_at
    assert Submission.objects.get().report  # what was measured stays


def test_without_a_setting_they_stay(ended: Submission) -> None:
    Submission.objects.update(finished_at=now() - timedelta(days=3650))

    tasks.reap()

    assert is_stored(ended)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_owner_removes_a_file_and_reads_that_it_is_gone(signed_in: Client, ended: Submission, language: str) -> None:
    page = signed_in.post(
        reverse("submissions:remove_file", args=[ended.pk]), follow=True, headers={"accept-language": language}
    ).content.decode()

    assert not is_stored(ended)
    assert {"ja": "に削除しました", "en": "It was removed on"}[language] in page
    assert reverse("submissions:again", args=[ended.pk]) not in page


def test_what_still_waits_keeps_its_file(signed_in: Client, submission: Submission) -> None:
    default_storage.save(files.path_of(submission.sha256), ContentFile(b"model"))

    signed_in.post(reverse("submissions:remove_file", args=[submission.pk]))

    assert is_stored(submission)


def test_the_same_bytes_of_another_submission_stay(signed_in: Client, ended: Submission) -> None:
    baker.make(Submission, sha256=ended.sha256, status=Status.QUEUED)

    signed_in.post(reverse("submissions:remove_file", args=[ended.pk]))

    assert is_stored(ended)


def test_nobody_removes_the_file_of_somebody_else(signed_in: Client) -> None:
    theirs = baker.make(Submission, status=Status.GRADED)

    assert signed_in.post(reverse("submissions:remove_file", args=[theirs.pk])).status_code == 404
