"""Tokens: made on a page, shown once, stored as a digest, good for their scopes until they expire."""

import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from accounts.export import export
from accounts.models import User
from api.models import Scope, Token, Upload
from api.tasks import sweep
from tests.platform.api.conftest import program, token_of

pytestmark = pytest.mark.django_db
CHOICE = {"name": "laptop", "scopes": ["read", "submit"], "days": 30}


def test_a_token_is_shown_once_and_works(signed_in: Client, user: User) -> None:
    answer = signed_in.post(reverse("api:tokens"), CHOICE)

    text = answer.context["made"]
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert text not in signed_in.get(reverse("api:tokens")).content.decode()
    assert program(text).get("/api/v1/me/").json()["email"] == user.email


def test_only_its_digest_is_stored(signed_in: Client) -> None:
    text = signed_in.post(reverse("api:tokens"), CHOICE).context["made"]

    row = Token.objects.get()
    stored = json.dumps([str(value) for value in vars(row).values()])
    assert text not in stored
    assert row.digest != text


@pytest.mark.parametrize(
    ("wrong", "field"), [({"name": ""}, "name"), ({"scopes": []}, "scopes"), ({"days": 9999}, "days")]
)
def test_a_form_that_is_not_filled_in_says_so(signed_in: Client, wrong: dict[str, object], field: str) -> None:
    answer = signed_in.post(reverse("api:tokens"), CHOICE | wrong)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Token.objects.exists()


def test_there_is_an_end_to_the_tokens_of_one_person(signed_in: Client, user: User) -> None:
    for _ in range(20):
        token_of(user)

    answer = signed_in.post(reverse("api:tokens"), CHOICE)

    assert answer.status_code == 422
    assert Token.objects.count() == 20


def test_a_revoked_token_works_no_more(signed_in: Client, user: User) -> None:
    text = token_of(user)

    signed_in.post(reverse("api:revoke", args=[Token.objects.get().token_key]))

    assert program(text).get("/api/v1/me/").status_code == 401


def test_nobody_revokes_the_token_of_another(signed_in: Client, other: User) -> None:
    text = token_of(other)

    answer = signed_in.post(reverse("api:revoke", args=[Token.objects.get().token_key]))

    assert answer.status_code == 404
    assert program(text).get("/api/v1/me/").status_code == 200


def test_a_program_revokes_its_own_token_whatever_its_scope(user: User) -> None:
    client = program(token_of(user, Scope.READ))

    assert client.delete("/api/v1/me/token/").status_code == 204
    assert client.get("/api/v1/me/").status_code == 401


def test_an_expired_token_works_no_more(user: User) -> None:
    text = token_of(user, expires_in=timedelta(seconds=-1))

    answer = program(text).get("/api/v1/me/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("scope", "may_read", "may_submit"), [(Scope.READ, True, False), (Scope.SUBMIT, False, True)])
def test_a_token_is_good_for_its_scopes_only(user: User, scope: Scope, may_read: bool, may_submit: bool) -> None:
    client = program(token_of(user, scope))

    read, submitted = client.get("/api/v1/submissions/"), client.post("/api/v1/submissions/", {})

    assert (read.status_code == 200) is may_read
    assert (submitted.status_code != 403) is may_submit
    refused = read if may_submit else submitted
    assert refused.json()["code"] == "permission_denied"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Bearer karui_wrong", "Bearer \xe9\xff", "Token karui_x", "x"]
)
def test_a_header_that_is_no_token_is_refused(db: None, header: str) -> None:
    client = program("")
    client.credentials(HTTP_AUTHORIZATION=header)

    assert client.get("/api/v1/me/").status_code == 401


def test_the_token_of_somebody_who_is_locked_out_works_no_more(user: User) -> None:
    text = token_of(user)
    User.objects.update(is_active=False)

    assert program(text).get("/api/v1/me/").status_code == 401


def test_upkeep_removes_what_has_expired_and_nothing_else(user: User) -> None:
    token_of(user)
    token_of(user, expires_in=timedelta(seconds=-1))
    Upload.objects.create(owner=user, sha256="a" * 64, touched_at=now() - timedelta(hours=25))
    Upload.objects.create(owner=user, sha256="b" * 64)

    sweep()

    assert Token.objects.count() == 1
    assert [upload.sha256 for upload in Upload.objects.all()] == ["b" * 64]


def test_an_export_tells_of_tokens_without_what_would_let_its_reader_in(user: User) -> None:
    token_of(user)
    row = Token.objects.get()

    with export(user) as spool, ZipFile(spool) as archive:
        told = archive.read("api.token.json").decode()

    assert "a program" in told
    assert row.digest not in told
    assert row.token_key not in told


def test_visitors_are_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get(reverse("api:tokens")).status_code == 302
