"""A file that comes by parts: who loses the connection goes on where it broke."""

from pathlib import Path

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from accounts import deletion
from accounts.models import User
from api.models import Upload
from grader.entry import Entry
from submissions.models import Submission
from tests.platform.conftest import ONNX

pytestmark = pytest.mark.django_db
SHA256 = Entry("", ONNX).sha256
ADDRESS = f"/api/v1/uploads/{SHA256}/"


def send(client: APIClient, data: bytes, offset: int, address: str = ADDRESS) -> object:
    """One part."""
    return client.generic(
        "PATCH", address, data, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)}
    )


def hand_in(client: APIClient) -> object:
    """What has arrived."""
    sent = {"challenge": "int8_fashion", "sha256": SHA256, "file_name": "entry.onnx"}
    return client.post("/api/v1/submissions/", sent, format="json")


def parts_on_disk(folder: Path) -> list[Path]:
    """What the storage holds of unfinished uploads."""
    return [path for path in (folder / "media" / "parts").rglob("*") if path.is_file()]


def test_parts_make_a_file_that_can_be_handed_in(mine: APIClient, user: User, tmp_path: Path) -> None:
    begun = mine.get(ADDRESS).json()["received_bytes"]
    first, second = send(mine, ONNX[:10], 0), send(mine, ONNX[10:], 10)

    answer = hand_in(mine)

    assert (begun, first.json()["received_bytes"], second.json()["received_bytes"]) == (0, 10, len(ONNX))
    assert answer.status_code == 201
    assert Submission.objects.get().entry().data == ONNX
    assert not Upload.objects.exists()
    assert not parts_on_disk(tmp_path)


def test_a_part_that_was_sent_before_is_not_added_twice(mine: APIClient, tmp_path: Path) -> None:
    send(mine, ONNX[:10], 0)

    answer = send(mine, ONNX[:10], 0)

    assert answer.status_code == 409
    assert answer.json()["received_bytes"] == 10
    assert len(parts_on_disk(tmp_path)) == 1


def test_what_is_not_whole_cannot_be_handed_in_and_goes_on(mine: APIClient) -> None:
    send(mine, ONNX[:10], 0)

    refused = hand_in(mine)
    send(mine, ONNX[10:], 10)

    assert refused.status_code == 422
    assert refused.json()["code"] == "not_whole"
    assert hand_in(mine).status_code == 201


def test_what_was_handed_in_before_need_not_be_sent_again(mine: APIClient) -> None:
    send(mine, ONNX, 0)
    hand_in(mine)

    assert mine.get(ADDRESS).json() == {"sha256": SHA256, "received_bytes": 0, "is_kept": True}
    assert hand_in(mine).status_code == 201


def test_a_file_of_somebody_else_does_not_exist(mine: APIClient, theirs: APIClient) -> None:
    send(mine, ONNX, 0)
    hand_in(mine)
    send(mine, ONNX, 0)

    assert theirs.get(ADDRESS).json() == {"sha256": SHA256, "received_bytes": 0, "is_kept": False}
    assert hand_in(theirs).status_code == 422


def test_giving_up_removes_the_parts(mine: APIClient, tmp_path: Path) -> None:
    send(mine, ONNX[:10], 0)

    assert mine.delete(ADDRESS).status_code == 204
    assert not parts_on_disk(tmp_path)


def test_the_parts_go_with_their_owner(
    mine: APIClient,
    user: User,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    send(mine, ONNX[:10], 0)

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(user)

    assert not parts_on_disk(tmp_path)


@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3"])
def test_a_part_has_to_say_where_it_begins(mine: APIClient, offset: str) -> None:
    headers = {"Upload-Offset": offset} if offset else {}
    answer = mine.generic("PATCH", ADDRESS, ONNX, content_type="application/octet-stream", headers=headers)

    assert answer.status_code == 400
    assert not Upload.objects.exists()


def test_a_part_may_be_neither_empty_nor_too_large(mine: APIClient, settings: Settings) -> None:
    settings.UPLOAD_CAP_BYTES = 20

    assert send(mine, b"", 0).status_code == 422
    assert send(mine, b"x" * 21, 0).json()["code"] == "file_too_large"
    assert not Upload.objects.exists()


def test_one_person_has_few_files_on_their_way(mine: APIClient) -> None:
    answers = [send(mine, ONNX, 0, f"/api/v1/uploads/{digit * 64}/").status_code for digit in "01234"]

    assert answers == [200, 200, 200, 200, 422]


def test_of_two_requests_with_the_same_part_one_counts(user: User, tmp_path: Path) -> None:
    upload = Upload.objects.create(owner=user, sha256=SHA256)
    twin = Upload.objects.get(pk=upload.pk)

    assert upload.append(0, ONNX)
    assert not twin.append(0, ONNX)
    assert len(parts_on_disk(tmp_path)) == 1
    assert Upload.objects.get().read() == ONNX
