"""Sign-up, sign-in and language, through the pages."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
PASS_PHRASE = "correct horse battery staple"
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def test_a_person_signs_up_with_an_address_and_is_signed_in(client: Client) -> None:
    answer = client.post(
        reverse("account_signup"), {"email": "new@example.com", "password1": PASS_PHRASE, "password2": PASS_PHRASE}
    )

    assert answer["Location"] == reverse("catalog:challenges")
    assert client.get(reverse("submissions:mine")).status_code == 200
    assert User.objects.get().email == "new@example.com"


@both_languages
def test_a_short_password_is_refused_in_the_readers_language(client: Client, language: str) -> None:
    page = client.post(
        reverse("account_signup"),
        {"email": "new@example.com", "password1": "short", "password2": "short"},
        headers={"accept-language": language},
    )

    assert not User.objects.exists()
    assert {"ja": "短すぎます", "en": "too short"}[language] in page.content.decode()


def test_a_person_signs_in_and_out(client: Client, user: User) -> None:
    client.post(reverse("account_login"), {"login": user.email, "password": "a long enough pass phrase"})
    signed_in = client.get(reverse("submissions:mine")).status_code

    client.post(reverse("account_logout"))

    assert signed_in == 200
    assert client.get(reverse("submissions:mine")).status_code == 302


def test_a_password_can_be_changed(signed_in: Client, user: User) -> None:
    signed_in.post(
        reverse("account_change_password"),
        {"oldpassword": "a long enough pass phrase", "password1": PASS_PHRASE, "password2": PASS_PHRASE},
    )

    user.refresh_from_db()
    assert user.check_password(PASS_PHRASE)


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_change_password", "account_logout", "account_email"]
)
@both_languages
def test_the_pages_of_accounts_are_in_our_frame(signed_in: Client, client: Client, name: str, language: str) -> None:
    browser = Client() if name in ("account_login", "account_signup") else signed_in

    text = browser.get(reverse(name), headers={"accept-language": language}).content.decode()

    assert f'<html lang="{language}">' in text
    assert 'class="mark"' in text


def test_without_mail_nobody_is_promised_a_link(client: Client) -> None:
    assert reverse("account_reset_password") not in client.get(reverse("account_login")).content.decode()


def test_the_language_changes_on_the_same_page(client: Client) -> None:
    answer = client.post(reverse("choose_language"), {"language": "en", "next": "/challenges/?page=2"})

    assert answer["Location"] == "/challenges/?page=2"
    assert '<html lang="en">' in client.get("/challenges/").content.decode()


def test_the_language_switch_leads_nowhere_else(client: Client) -> None:
    answer = client.post(reverse("choose_language"), {"language": "en", "next": "https://elsewhere.example/"})

    assert answer["Location"] == "/"


def test_a_signed_in_persons_language_follows_them_to_another_browser(signed_in: Client, user: User) -> None:
    signed_in.post(reverse("choose_language"), {"language": "en", "next": "/"})
    other = Client(headers={"accept-language": "ja"})

    other.force_login(user)

    assert '<html lang="en">' in other.get("/").content.decode()


def test_an_unknown_language_changes_nothing(signed_in: Client, user: User) -> None:
    signed_in.post(reverse("choose_language"), {"language": "xx", "next": "/"})

    user.refresh_from_db()
    assert user.language == ""


def test_the_admin_shows_people_and_submissions_read_only(client: Client, submission: object) -> None:
    client.force_login(User.objects.create_superuser("root@example.com"))

    assert client.get("/admin/accounts/user/").status_code == 200
    page = client.get("/admin/submissions/submission/")
    assert page.status_code == 200
    assert "/admin/submissions/submission/add/" not in page.content.decode()
    assert client.get(f"/admin/submissions/submission/{submission.pk}/change/").status_code == 200  # type: ignore[attr-defined]
