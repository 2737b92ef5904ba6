"""A disk that is full is our fault: it is said so, nothing is kept half, and no attempt is counted."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from submissions.models import Submission

pytestmark = pytest.mark.django_db
SMALL, LARGE = b"\x08" * 100_000, b"\x08" * 2_000_000
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def hand_in(client: Client, data: bytes, language: str) -> tuple[int, str]:
    """Upload; gives status and page."""
    client.raise_request_exception = False
    answer = client.post(
        reverse("submissions:upload", args=["int8_fashion"]),
        {"file": SimpleUploadedFile("entry.onnx", data), "upload_key": uuid4()},
        headers={"accept-language": language},
    )
    return answer.status_code, answer.content.decode()


@both_languages
@pytest.mark.parametrize("full", ["where uploads come in", "where they are kept"])
def test_an_upload_that_finds_no_room_is_our_fault(
    signed_in: Client, user: User, settings: Settings, small_disk: Path, full: str, language: str
) -> None:
    if full == "where uploads come in":
        settings.FILE_UPLOAD_TEMP_DIR = small_disk
    else:
        storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": small_disk}}
        settings.STORAGES = {**settings.STORAGES, "default": storage}

    status, page = hand_in(signed_in, LARGE, language)

    assert status == 507
    assert {"ja": "こちら側の問題です", "en": "That is our fault"}[language] in page
    assert not Submission.objects.exists()
    assert Submission.objects.attempts_left(user, "int8_fashion") == settings.DAILY_ATTEMPTS
    assert sum(path.stat().st_size for path in small_disk.rglob("*") if path.is_file()) == 0


def test_once_there_is_room_again_the_same_upload_is_taken(
    signed_in: Client, settings: Settings, small_disk: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = small_disk
    assert hand_in(signed_in, LARGE, "en")[0] == 507

    assert hand_in(signed_in, SMALL, "en")[0] == 302

    assert default_storage.exists(f"entries/{Submission.objects.get().sha256[:2]}")
