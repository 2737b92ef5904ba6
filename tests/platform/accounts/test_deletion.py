"""Deletion that really deletes."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.base import UpdateError
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import deletion
from accounts.belongings import belongings
from accounts.models import Session, User
from accounts.sessions import SessionStore
from submissions.models import Submission
from tests.platform.accounts.people import hand_in, somebody, stored

pytestmark = pytest.mark.django_db
PASS_PHRASE = "a long enough pass phrase"
PAGE = "/accounts/delete/"
Delete = Callable[[User], None]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


@pytest.fixture
def delete(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Delete:
    """Delete a person, and go on as after the commit."""

    def delete(person: User) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            deletion.delete(person)

    return delete


@pytest.fixture
def confirmed(signed_in: Client) -> Client:
    """The browser of somebody who has just given their password once more."""
    asked = signed_in.get(PAGE)
    signed_in.post(asked["Location"], {"password": PASS_PHRASE})
    return signed_in


def everything() -> str:
    """All that the database holds, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = [cursor.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables]  # noqa: S608
    return str(rows)


def test_no_row_of_any_table_tells_of_them(delete: Delete) -> None:
    me, other = somebody("me@example.com"), somebody("other@example.com")
    browser = Client()
    browser.force_login(me)
    mine = [str(row.pk) for rows in belongings(me) for row in rows if len(str(row.pk)) > 10]
    assert me.email in everything()
    pk, before = me.pk, {rows.model: rows.count() for rows in belongings(other)}

    delete(me)

    left = everything()
    assert me.email not in left
    assert not any(key in left or key.replace("-", "") in left for key in mine)
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.fields:
            if field.related_model is User:
                assert not model._base_manager.filter(**{field.attname: pk}).exists()
    assert {rows.model: rows.count() for rows in belongings(other)} == before


def test_the_operators_log_forgets_who_is_gone_and_what_was_theirs(delete: Delete, user: User) -> None:
    operator, row = User.objects.create_superuser("root@example.com"), hand_in(user, b"model")
    for about in (user, row, operator):
        LogEntry.objects.create(
            user=operator,
            content_type=ContentType.objects.get_for_model(about),
            object_id=str(about.pk),
            object_repr=str(about),
            action_flag=2,
        )

    delete(user)

    assert [entry.object_repr for entry in LogEntry.objects.all()] == [operator.email]


def test_no_file_of_theirs_is_left_but_one_that_somebody_else_handed_in_too(delete: Delete, user: User) -> None:
    hand_in(user, b"mine alone")
    shared = hand_in(user, b"shared")
    hand_in(User.objects.create_user("other@example.com"), b"shared")

    delete(user)

    assert stored() == {shared.sha256}


def test_files_stay_if_the_rows_could_not_be_deleted(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    row = hand_in(user, b"mine")

    def fail(_: User) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(User, "delete", fail)
    with pytest.raises(ZeroDivisionError), django_capture_on_commit_callbacks(execute=True):
        deletion.delete(user)

    assert stored() == {row.sha256}
    assert Submission.objects.exists()


def test_a_storage_that_fails_does_not_bring_the_person_back(
    delete: Delete, user: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hand_in(user, b"mine")

    def fail(*_: object) -> None:
        raise OSError("the storage is away")

    monkeypatch.setattr(FileSystemStorage, "delete", fail)
    delete(user)

    assert not User.objects.exists()
    assert "the storage is away" in caplog.text


def test_all_their_sessions_end_on_all_devices(signed_in: Client, delete: Delete, user: User) -> None:
    phone, stranger = Client(), Client()
    phone.force_login(user)
    stranger.force_login(User.objects.create_user("other@example.com"))

    delete(user)

    assert signed_in.get(reverse("submissions:mine")).status_code == HTTPStatus.FOUND
    assert phone.get(reverse("submissions:mine")).status_code == HTTPStatus.FOUND
    assert stranger.get(reverse("submissions:mine")).status_code == HTTPStatus.OK
    assert Session.objects.count() == 1


def test_a_session_knows_whose_it_is_from_sign_in_to_sign_out(client: Client, user: User) -> None:
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": user.email, "password": PASS_PHRASE})
    assert [session.owner for session in Session.objects.all()] == [user]

    client.post(reverse("account_logout"))

    assert not Session.objects.filter(owner=user).exists()


def test_a_session_that_outlives_its_owner_in_memory_is_not_written_back(client: Client, user: User) -> None:
    client.force_login(user)
    late = SessionStore(client.session.session_key)
    late["seen"] = True

    deletion.delete(user)

    with pytest.raises(UpdateError):
        late.save()
    late.create()
    assert Session.objects.get().owner is None


def test_the_page_comes_only_after_a_proof(signed_in: Client, user: User) -> None:
    asked = signed_in.get(PAGE)
    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=%2Faccounts%2Fdelete%2F"

    signed_in.post(PAGE)
    signed_in.post(asked["Location"], {"password": "a wrong pass phrase"})

    assert signed_in.get(PAGE).status_code == HTTPStatus.FOUND
    assert User.objects.filter(pk=user.pk).exists()


def test_a_sign_in_alone_is_no_proof(client: Client, user: User) -> None:
    client.post(reverse("account_login"), {"login": user.email, "password": PASS_PHRASE})

    assert client.get(PAGE).status_code == HTTPStatus.FOUND


def test_a_proof_grows_old(confirmed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert confirmed.get(PAGE).status_code == HTTPStatus.OK

    monkeypatch.setattr("allauth.account.app_settings.REAUTHENTICATION_TIMEOUT", -1, raising=False)

    assert confirmed.get(PAGE).status_code == HTTPStatus.FOUND


def test_who_has_no_way_to_show_that_it_is_them_sets_a_password_first(client: Client, user: User) -> None:
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    asked = client.get(PAGE)
    assert asked["Location"].startswith(reverse("account_set_password"))

    client.post(reverse("account_set_password"), {"password1": PASS_PHRASE, "password2": PASS_PHRASE})

    assert client.get(PAGE)["Location"].startswith(reverse("account_reauthenticate"))


@both_languages
def test_the_page_says_what_goes_and_that_it_cannot_come_back(confirmed: Client, user: User, language: str) -> None:
    for data in (b"one", b"two", b"three"):
        hand_in(user, data)

    page = confirmed.get(PAGE, headers={"accept-language": language}).content.decode()

    assert f'<html lang="{language}">' in page
    assert {"ja": "元に戻せません", "en": "Nothing of it can be brought back"}[language] in page
    assert {"ja": "<dt>提出</dt><dd>3</dd>", "en": "<dt>submissions</dt><dd>3</dd>"}[language] in page
    assert User.objects.filter(pk=user.pk).exists()


@both_languages
def test_the_proof_is_asked_for_in_our_frame(signed_in: Client, language: str) -> None:
    page = signed_in.get(reverse("account_reauthenticate"), headers={"accept-language": language}).content.decode()

    assert {"ja": "本人確認", "en": "Show that it is you"}[language] in page
    assert 'class="mark"' in page


@both_languages
def test_afterwards_the_person_is_told_and_can_sign_up_again(confirmed: Client, user: User, language: str) -> None:
    confirmed.defaults["HTTP_ACCEPT_LANGUAGE"] = language

    page = confirmed.post(PAGE, follow=True).content.decode()

    assert {"ja": "すべてのデータを削除しました", "en": "has been deleted"}[language] in page
    assert reverse("account_login") in page
    assert not User.objects.exists()
    confirmed.post(reverse("account_signup"), {"email": user.email, "password1": PASS_PHRASE, "password2": PASS_PHRASE})
    assert confirmed.get(reverse("submissions:mine")).status_code == HTTPStatus.OK
    assert not Submission.objects.exists()
