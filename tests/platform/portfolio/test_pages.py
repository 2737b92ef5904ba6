"""The owner decides what is shown, and to whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import User
from portfolio.models import Claim, Link, Page
from portfolio.pages.radar import Radar
from skills.map import skill_map
from skills.models import Evidence, Kind
from submissions.models import Submission
from submissions.revisions.changes import disqualify, reinstate

pytestmark = pytest.mark.django_db
EDIT = "/portfolio/"
CHOICE = {"name": "軽子", "address": "karuko"}
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def opened(page: Page) -> Page:
    """As its owner opens it to all."""
    page.is_public = True
    page.save()
    return page


def test_a_page_is_private_until_its_owner_opens_it(signed_in: Client, client: Client, user: User) -> None:
    signed_in.post(EDIT, CHOICE)
    before = Client().get("/p/karuko/").status_code
    signed_in.post(EDIT, CHOICE | {"is_public": "on"})

    assert before == 404
    assert Client().get("/p/karuko/").status_code == 200


@pytest.mark.parametrize("address", ["", "a", "Über", "link", "-a-", "a b", "x" * 41])
def test_an_address_that_cannot_be_is_refused_and_nothing_is_lost(signed_in: Client, address: str) -> None:
    answer = signed_in.post(EDIT, {"name": "Somebody", "address": address})

    assert answer.status_code == 422
    assert "Somebody" in answer.content.decode()
    assert not Page.objects.exists()


def test_an_address_belongs_to_one_person(signed_in: Client) -> None:
    other = User.objects.create_user("other@example.com")
    Page.objects.create(owner=other, address="karuko", name="x")

    assert signed_in.post(EDIT, CHOICE | {"address": "KARUKO"}).status_code == 422
    assert Page.objects.get().owner == other


def test_only_what_has_passed_can_be_shown(signed_in: Client, user: User, submission: Submission) -> None:
    answer = signed_in.post(reverse("portfolio:show", args=[submission.pk]), {"shown": "1"})

    assert answer.status_code == 404
    assert not Claim.objects.exists()


def test_an_entry_is_shown_and_hidden_again(signed_in: Client, user: User, passed: Callable[..., Submission]) -> None:
    entry = passed(user)
    opened(Page(owner=user, address="karuko", name="軽子"))
    seen = []
    for shown in ("1", "0"):
        signed_in.post(reverse("portfolio:show", args=[entry.pk]), {"shown": shown})
        seen.append(entry.sha256 in Client().get("/p/karuko/").content.decode())

    assert seen == [True, False]


def test_nobody_shows_the_entry_of_another(signed_in: Client, passed: Callable[..., Submission]) -> None:
    entry = passed(User.objects.create_user("other@example.com"))

    assert signed_in.post(reverse("portfolio:show", args=[entry.pk]), {"shown": "1"}).status_code == 404
    assert not Claim.objects.exists()


@both_languages
def test_a_page_names_what_is_shown_and_nothing_else(
    client: Client, portfolio: Page, user: User, language: str
) -> None:
    shown, hidden = Claim.objects.order_by("-is_shown")
    opened(portfolio)

    text = client.get("/p/karuko/", headers={"accept-language": language}).content.decode()

    assert {"ja": "高速化", "en": "faster inference"}[language] in text
    assert shown.submission.sha256 in text
    assert hidden.submission.sha256 not in text
    assert user.email not in text


def test_what_is_disqualified_is_shown_no_longer(client: Client, portfolio: Page) -> None:
    opened(portfolio)
    operator = User.objects.create_superuser("operator@example.com", "x")
    entry = Claim.objects.get(is_shown=True).submission

    disqualify(entry, operator, "why")
    meanwhile = client.get("/p/karuko/").content.decode()
    reinstate(entry, operator, "why not")

    assert entry.sha256 not in meanwhile
    assert entry.sha256 in client.get("/p/karuko/").content.decode()


def test_practice_is_shown_only_if_its_owner_wants_it(client: Client, portfolio: Page, user: User) -> None:
    opened(portfolio)
    Evidence.objects.create(owner=user, skill="pruning", kind=Kind.PRACTISED, level=2, source="interviews/x")
    Evidence.objects.create(owner=user, skill="arm", kind=Kind.DECLARED, level=3, source="inventory")
    seen = {}
    for shows in (False, True):
        Page.objects.update(shows_practice=shows)
        text = client.get("/p/karuko/", headers={"accept-language": "en"}).content.decode()
        seen[shows] = "<td>Pruning</td>" in text

    assert seen == {False: False, True: True}
    assert f"<td>{skill_map()['arm'].name['en']}</td>" not in text  # declared is not shown


def test_a_skill_that_only_a_hidden_entry_measures_is_not_shown(client: Client, portfolio: Page) -> None:
    opened(portfolio)
    Claim.objects.update(is_shown=False)

    assert '<svg class="chart radar"' not in client.get("/p/karuko/").content.decode()


def make_link(client: Client) -> str:
    """The address that the page shows once."""
    answer = client.post(reverse("portfolio:make_link"), {"label": "A company", "days": 30})
    address: str = answer.context["new_link"]
    assert address in answer.content.decode()
    return address


def test_a_link_opens_a_private_page_until_it_is_revoked(signed_in: Client, portfolio: Page) -> None:
    address = make_link(signed_in)
    answer = Client().get(address)

    signed_in.post(reverse("portfolio:revoke_link", args=[Link.objects.get().pk]))

    assert Claim.objects.get(is_shown=True).submission.sha256 in answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert Client().get(address).status_code == 404
    assert Client().get("/p/karuko/").status_code == 404


def test_a_link_expires(signed_in: Client, portfolio: Page) -> None:
    address = make_link(signed_in)

    Link.objects.update(expires_at=now() - timedelta(seconds=1))

    assert Client().get(address).status_code == 404


def test_the_secret_of_a_link_is_not_stored(signed_in: Client, portfolio: Page) -> None:
    secret = make_link(signed_in).rstrip("/").rsplit("/", 1)[-1]

    assert secret not in str(list(Link.objects.values()))
    assert secret not in signed_in.get(EDIT).content.decode()


def test_nobody_revokes_the_link_of_another(signed_in: Client, user: User) -> None:
    other = User.objects.create_user("other@example.com")
    Link.objects.make(other, "x", 7)

    assert signed_in.post(reverse("portfolio:revoke_link", args=[Link.objects.get().pk])).status_code == 404
    assert Link.objects.exists()


@both_languages
def test_the_owner_finds_texts_in_both_languages(signed_in: Client, portfolio: Page, language: str) -> None:
    text = signed_in.get(EDIT, headers={"accept-language": language}).content.decode()

    assert "faster inference" in text
    assert "高速化" in text


def test_visitors_cannot_edit(client: Client) -> None:
    assert client.get(EDIT).status_code == 302


def test_the_radar_reaches_as_far_as_the_levels() -> None:
    empty = Radar.of(skill_map(), {})

    assert [axis.reached for axis in empty.axes] == [0] * len(skill_map().tiers)
    assert len(set(empty.area.split())) == 1  # all in the centre
    assert all(axis.out_of == 3 * len(skill_map().of_tier(axis.tier)) for axis in empty.axes)
