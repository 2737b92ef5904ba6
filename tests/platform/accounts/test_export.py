"""Everything that belongs to a person in one ZIP, and nothing of anybody else."""

import asyncio
import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import translation
from model_bakery import baker

from accounts.belongings import belongings, paths_to
from accounts.export import CHUNK_BYTES, SECRETS, Download, export
from accounts.models import Session, User
from api.models import Token
from submissions import files
from tests.platform.accounts.people import hand_in, somebody

pytestmark = pytest.mark.django_db


def content(person: User) -> dict[str, Any]:
    """What the ZIP holds: rows from JSON, text and files as bytes."""
    with export(person) as spool, ZipFile(spool) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert len(held) == len(set(held))
    return {name: json.loads(data) if name.endswith(".json") else data for name, data in held.items()}


def test_no_row_of_theirs_is_missing_and_none_of_others_is_inside() -> None:
    me, other = somebody("me@example.com"), somebody("other@example.com")

    held = content(me)

    for rows in belongings(me):
        exported = held[f"{rows.model._meta.label_lower}.json"]
        assert len(exported) == rows.count() >= 1
        if rows.model not in (Session, Token):  # whose keys would let their reader in
            assert {str(row["pk"]) for row in exported} == {str(pk) for pk in rows.values_list("pk", flat=True)}
    assert [row["fields"]["email"] for row in held["account.json"]] == [me.email]
    assert other.email not in str(held)
    assert {name.removesuffix(".json") for name in held if name.count(".") > 1} == {
        model._meta.label_lower for model in paths_to(User)
    }


def test_no_secret_is_inside() -> None:
    me = somebody("me@example.com")

    text = str(content(me))

    for rows in [User.objects.filter(pk=me.pk), *belongings(me)]:
        for field in rows.model._meta.fields:
            if field.name in SECRETS:
                assert all(str(value) not in text for value in rows.values_list(field.name, flat=True) if value)


def test_an_operators_log_does_not_name_those_whom_they_worked_on(user: User) -> None:
    baker.make(LogEntry, user=user, object_repr="victim@example.com", change_message="victim@example.com")

    held = content(user)

    assert len(held["admin.logentry.json"]) == 1
    assert "victim@example.com" not in str(held)


def test_each_file_is_inside_once_and_each_report(user: User) -> None:
    first, _again, other = hand_in(user, b"same", '{"points": 1}'), hand_in(user, b"same"), hand_in(user, b"other")
    theirs = hand_in(User.objects.create_user("other@example.com"), b"theirs", '{"points": 2}')

    held = content(user)

    assert held[f"uploads/{first.sha256}"] == b"same"
    assert held[f"uploads/{other.sha256}"] == b"other"
    assert held[f"reports/{first.pk}.json"] == {"points": 1}
    assert sum(name.startswith(("uploads/", "reports/")) for name in held) == 3
    assert theirs.sha256 not in str(held)


def test_a_file_that_the_storage_has_lost_does_not_stop_it(user: User) -> None:
    lost = hand_in(user, b"lost")
    default_storage.delete(files.path_of(lost.sha256))

    assert f"uploads/{lost.sha256}.missing" in content(user)


@pytest.mark.parametrize(("language", "text"), [("ja", "保存されている"), ("en", "What Karui has stored about")])
def test_it_says_in_the_readers_language_what_is_what(user: User, language: str, text: str) -> None:
    hand_in(user, b"model")

    with translation.override(language):
        read_me = content(user)["README.txt"].decode()

    assert text in read_me
    assert user.email in read_me
    assert "submissions.submission.json" in read_me


def test_it_comes_as_a_download(signed_in: Client, user: User) -> None:
    answer = signed_in.post(reverse("account_export"))

    held = ZipFile(BytesIO(answer.getvalue()))
    assert answer["Content-Disposition"] == 'attachment; filename="karui-export.zip"'
    assert answer["Content-Type"] == "application/zip"
    assert {"README.txt", "account.json"} <= set(held.namelist())


def test_a_link_alone_does_not_make_it(signed_in: Client) -> None:
    assert signed_in.get(reverse("account_export")).status_code == 405


def test_a_large_one_is_sent_in_pieces(user: User) -> None:
    hand_in(user, bytes(3 * CHUNK_BYTES))
    download = Download(export(user))

    async def as_asgi_does() -> list[bytes]:
        return [piece async for piece in download]

    pieces = asyncio.run(as_asgi_does())
    download.close()

    assert len(pieces) > 3
    assert max(map(len, pieces)) <= CHUNK_BYTES
    assert ZipFile(BytesIO(b"".join(pieces))).testzip() is None
