"""Signing in with GitHub, against a GitHub of our own; and that nothing speaks of it where it is off."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from model_bakery import baker

from accounts.models import User
from tests.fake_github import FakeGitHub

pytestmark = pytest.mark.django_db
PASS_PHRASE = "a long enough pass phrase"
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def go_to(github: FakeGitHub, client: Client, process: str = "login", **form: str) -> Any:
    """Press the button, and come back with what GitHub sends the browser to."""
    away = client.post(reverse("github_login"), {"process": process, **form})
    assert away["Location"].startswith(f"{github.url}/login/oauth/authorize?")
    back = urlsplit(github.authorize(dict(parse_qsl(urlsplit(away["Location"]).query))))
    assert back.path == reverse("github_callback")
    return client.get(f"{back.path}?{back.query}")


def prove(client: Client, asked: Any) -> None:
    """Give the password once more, where one was led to."""
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": PASS_PHRASE})


def who(client: Client) -> str:
    """The address on the account page. Empty for a stranger."""
    page = client.get(reverse("account_settings"))
    return User.objects.get(pk=client.session["_auth_user_id"]).email if page.status_code == 200 else ""


@pytest.fixture
def from_github(client: Client, github: FakeGitHub) -> Client:
    """The browser of somebody who came from GitHub and has no password."""
    go_to(github, client)
    return client


def test_the_first_sign_in_makes_an_account(client: Client, github: FakeGitHub) -> None:
    answer = go_to(github, client)

    user = User.objects.get()
    assert answer["Location"] == reverse("catalog:challenges")
    assert who(client) == user.email == "octocat@example.com"
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified


def test_the_second_sign_in_finds_the_account_even_under_another_address(client: Client, github: FakeGitHub) -> None:
    go_to(github, client)
    github.has("new@example.com")
    other = Client()

    go_to(github, other)

    assert User.objects.count() == 1
    assert who(other) == "octocat@example.com"


def test_only_the_primary_address_is_taken_over(client: Client, github: FakeGitHub, user: User) -> None:
    github.public_email = user.email
    github.emails.append({"email": user.email, "primary": False, "verified": True})

    go_to(github, client)

    assert who(client) == "octocat@example.com"
    assert [address.email for address in EmailAddress.objects.all()] == ["octocat@example.com"]


def test_it_goes_on_to_where_the_person_wanted_to_go(client: Client, github: FakeGitHub) -> None:
    assert go_to(github, client, next="/submissions/")["Location"] == "/submissions/"


def test_it_leads_to_no_other_site(client: Client, github: FakeGitHub) -> None:
    assert go_to(github, client, next="https://elsewhere.example/")["Location"] == reverse("catalog:challenges")


def test_the_token_is_not_kept(from_github: Client) -> None:
    assert not SocialToken.objects.exists()
    assert "gho_secret" not in str(SocialAccount.objects.values())


@both_languages
def test_a_person_who_turns_back_is_told_that_nothing_changed(
    client: Client, github: FakeGitHub, language: str
) -> None:
    github.answer = "access_denied"

    answer = go_to(github, client)

    page = client.get(answer["Location"], headers={"accept-language": language}).content.decode()
    assert {"ja": "GitHub での操作を取りやめました", "en": "You turned back at GitHub"}[language] in page
    assert f'<html lang="{language}">' in page
    assert 'class="mark"' in page
    assert not User.objects.exists()


@pytest.mark.parametrize("fault", ["error", "api", "code", "state"])
@both_languages
def test_an_error_of_github_is_a_page_of_ours(client: Client, github: FakeGitHub, fault: str, language: str) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    if fault == "error":
        github.answer = "application_suspended"
    github.is_broken = fault == "api"

    if fault == "code":
        away = client.post(reverse("github_login"), {"process": "login"})
        state = dict(parse_qsl(urlsplit(away["Location"]).query))["state"]
        answer = client.get(reverse("github_callback"), {"code": "guessed", "state": state})
    elif fault == "state":
        answer = client.get(reverse("github_callback"), {"code": "code-0", "state": "of another browser"})
    else:
        answer = go_to(github, client)

    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert {"ja": "GitHub から正しい応答がありませんでした", "en": "GitHub did not answer"}[language] in page
    assert 'class="mark"' in page
    assert not User.objects.exists()


def test_an_address_that_was_never_verified_here_is_not_linked(client: Client, github: FakeGitHub, user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    github.has(user.email, verified=True)

    answer = go_to(github, client)

    assert answer["Location"] == reverse("socialaccount_signup")
    assert who(client) == ""
    assert not SocialAccount.objects.exists()
    user.refresh_from_db()
    assert user.check_password(PASS_PHRASE)


def test_an_address_that_github_has_not_verified_is_not_linked(client: Client, github: FakeGitHub, user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    github.has(user.email, verified=False)

    go_to(github, client)

    assert who(client) == ""
    assert not SocialAccount.objects.exists()


def test_an_address_that_both_sides_have_verified_is_linked(client: Client, github: FakeGitHub, user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    github.has(user.email.upper(), verified=True)

    go_to(github, client)

    assert who(client) == user.email
    assert SocialAccount.objects.get().user == user


@both_languages
def test_who_meets_their_address_taken_is_told_what_to_do(
    client: Client, github: FakeGitHub, user: User, language: str
) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    github.has(user.email)
    page = client.get(go_to(github, client)["Location"]).content.decode()

    refused = client.post(reverse("socialaccount_signup"), {"email": user.email})
    taken = client.post(reverse("socialaccount_signup"), {"email": "mona@example.com"})

    assert {"ja": "ログインしてから GitHub と連携", "en": "sign in to it and connect GitHub"}[language] in page
    assert {"ja": "既にこのメールアドレス", "en": "already exists"}[language] in refused.content.decode()
    assert taken.status_code == HTTPStatus.FOUND
    assert who(client) == "mona@example.com"
    assert not EmailAddress.objects.get().verified


def test_a_person_connects_github_after_a_proof_and_signs_in_by_it(
    signed_in: Client, github: FakeGitHub, user: User
) -> None:
    asked = go_to(github, signed_in, "connect")
    assert not SocialAccount.objects.exists()

    prove(signed_in, asked)

    other = Client()
    go_to(github, other)
    assert who(other) == user.email


def test_a_github_account_of_somebody_else_is_not_taken_from_them(
    from_github: Client, github: FakeGitHub, user: User
) -> None:
    browser = Client()
    browser.force_login(user)

    prove(browser, go_to(github, browser, "connect"))

    assert SocialAccount.objects.get().user.email == "octocat@example.com"


def test_a_connection_can_be_ended_unless_it_is_the_only_way_in(from_github: Client) -> None:
    user, account = User.objects.get(), SocialAccount.objects.get()
    from_github.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert SocialAccount.objects.exists()

    user.set_password(PASS_PHRASE)
    user.save()
    from_github.force_login(user)
    prove(from_github, from_github.post(reverse("socialaccount_connections"), {"account": account.pk}))

    assert not SocialAccount.objects.exists()


@both_languages
def test_the_pages_of_github_are_in_our_frame(from_github: Client, language: str) -> None:
    addresses = [reverse("socialaccount_connections"), reverse("account_confirm_by_github"), reverse("github_login")]
    for address in [*addresses, reverse("account_set_password")]:
        answer = from_github.get(address, headers={"accept-language": language}, follow=True)

        page = answer.content.decode()
        assert answer.status_code == HTTPStatus.OK
        assert f'<html lang="{language}">' in page
        assert 'class="mark"' in page


@pytest.mark.parametrize("name", ["account_login", "account_signup"])
@both_languages
def test_the_button_is_on_the_page(client: Client, github: FakeGitHub, name: str, language: str) -> None:
    page = client.get(reverse(name), {"next": "/submissions/"}, headers={"accept-language": language}).content.decode()

    assert f'action="{reverse("github_login")}"' in page
    assert '<input type="hidden" name="next" value="/submissions/">' in page


def test_a_person_without_a_password_shows_by_github_that_it_is_them(from_github: Client, github: FakeGitHub) -> None:
    asked = from_github.get(reverse("account_delete"))
    confirm = reverse("account_confirm_by_github")
    assert asked["Location"] == f"{confirm}?next={escape('%2Faccounts%2Fdelete%2F')}"
    page = from_github.get(asked["Location"]).content.decode()
    assert 'name="next" value="/accounts/delete/"' in page

    answer = go_to(github, from_github, "redirect", next="/accounts/delete/")

    assert answer["Location"] == "/accounts/delete/"
    assert from_github.get("/accounts/delete/").status_code == HTTPStatus.OK


def test_another_github_account_is_no_proof(from_github: Client, github: FakeGitHub) -> None:
    github.id, github.login = 2002, "mallory"
    github.has("mallory@example.com")

    go_to(github, from_github, "redirect", next="/accounts/delete/")

    assert from_github.get("/accounts/delete/").status_code == HTTPStatus.FOUND
    assert User.objects.get().email == who(from_github) == "octocat@example.com"


def test_an_open_browser_cannot_set_a_first_password(from_github: Client, github: FakeGitHub) -> None:
    form = {"password1": PASS_PHRASE, "password2": PASS_PHRASE}
    from_github.post(reverse("account_set_password"), form)
    assert not User.objects.get().has_usable_password()

    go_to(github, from_github, "redirect", next=reverse("account_set_password"))
    from_github.post(reverse("account_set_password"), form)

    assert User.objects.get().check_password(PASS_PHRASE)


def test_a_row_in_the_database_switches_nothing_on(client: Client, github: FakeGitHub, settings: Any) -> None:
    baker.make(SocialApp, provider="github", client_id="planted")

    assert "client_id=karui" in client.post(reverse("github_login"), {"process": "login"})["Location"]


@pytest.mark.parametrize("name", ["github_login", "github_callback", "socialaccount_connections"])
def test_without_its_settings_it_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


@both_languages
def test_without_its_settings_no_page_speaks_of_it(signed_in: Client, language: str) -> None:
    stranger, root = Client(), Client()
    root.force_login(User.objects.create_superuser("root@example.com", PASS_PHRASE))
    pages = [
        stranger.get(reverse("account_login"), headers={"accept-language": language}),
        stranger.get(reverse("account_signup"), headers={"accept-language": language}),
        signed_in.get(reverse("account_settings"), headers={"accept-language": language}),
        root.get("/admin/", headers={"accept-language": language}),
    ]

    for page in pages:
        assert page.status_code == HTTPStatus.OK
        assert "github" not in page.content.decode().lower()
        assert "social" not in page.content.decode().lower()
        assert "github" not in page["Content-Security-Policy"]
