"""The account page: language, time zone, and the ways to everything else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.zones import zone_choices
from submissions.models import Submission

pytestmark = pytest.mark.django_db
PAGE = "/accounts/settings/"
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


@both_languages
def test_the_page_leads_to_everything_about_the_account(signed_in: Client, user: User, language: str) -> None:
    page = signed_in.get(PAGE, headers={"accept-language": language}).content.decode()

    assert user.email in page
    for name in ("account_change_password", "account_logout", "account_export", "account_delete"):
        assert f'"{reverse(name)}"' in page
    assert {"ja": "タイムゾーン", "en": "Time zone"}[language] in page
    assert {"ja": '<optgroup label="アジア">', "en": '<optgroup label="Asia">'}[language] in page


def test_the_header_leads_to_it(signed_in: Client) -> None:
    assert f'<a href="{PAGE}">' in signed_in.get("/").content.decode()


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    for name in ("account_settings", "account_export", "account_delete", "account_set_password"):
        assert client.get(reverse(name))["Location"].startswith(reverse("account_login"))


def test_both_choices_are_kept_and_hold_at_once(signed_in: Client, user: User) -> None:
    answer = signed_in.post(PAGE, {"language": "en", "time_zone": "America/New_York"}, follow=True)

    user.refresh_from_db()
    page = answer.content.decode()
    assert (user.language, user.time_zone) == ("en", "America/New_York")
    assert '<html lang="en">' in page
    assert "Saved." in page
    assert "in America/New_York." in page
    assert '<option value="America/New_York" selected>' in page


def test_choices_can_be_taken_back(signed_in: Client, user: User) -> None:
    User.objects.update(language="en", time_zone="Europe/Berlin")

    signed_in.post(PAGE, {"language": "", "time_zone": ""})

    user.refresh_from_db()
    assert (user.language, user.time_zone, user.zone) == ("", "", None)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Asia"])
def test_what_is_no_time_zone_is_refused(signed_in: Client, user: User, zone: str) -> None:
    answer = signed_in.post(PAGE, {"language": "", "time_zone": zone})

    user.refresh_from_db()
    assert answer.status_code == 422
    assert user.time_zone == ""


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("", "2026-01-02 00:30"), ("America/New_York", "2026-01-01 10:30"), ("Mars/Olympus", "2026-01-02 00:30")],
)
def test_times_are_shown_in_the_readers_zone(
    signed_in: Client, submission: Submission, settings: Any, zone: str, shown: str
) -> None:
    User.objects.update(time_zone=zone)
    Submission.objects.update(queued_at=datetime(2026, 1, 1, 15, 30, tzinfo=UTC))

    page = signed_in.get(reverse("submissions:mine"), headers={"accept-language": "en"}).content.decode()

    assert shown in page


def test_one_readers_zone_is_not_left_to_the_next(signed_in: Client) -> None:
    User.objects.update(time_zone="America/New_York")
    signed_in.get(PAGE)
    other = Client()
    other.force_login(User.objects.create_user("other@example.com"))

    assert "Asia/Tokyo" in other.get(PAGE, headers={"accept-language": "en"}).content.decode().split("It is now")[1]


def test_every_zone_that_is_offered_can_be_used() -> None:
    names = [name for _, places in zone_choices()[2:] for name, _ in places]

    assert len(names) > 300
    assert all(User(time_zone=name).zone for name in names)
