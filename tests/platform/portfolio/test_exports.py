"""Exports say what the page shows, and are as private as it is."""

import json
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import deletion
from accounts.models import User
from grader.report import Report
from portfolio.claims.facts import ModelFacts
from portfolio.models import Claim, Link, Page
from tests.platform.portfolio.conftest import departures

pytestmark = pytest.mark.django_db
CARDS = [(language, scheme) for language in ("ja", "en") for scheme in ("light", "dark")]


def shown() -> Claim:
    """The claim that is shown."""
    return Claim.objects.get(is_shown=True)


def hidden() -> Claim:
    """The claim that is not."""
    return Claim.objects.get(is_shown=False)


def card_of(claim: Claim, language: str = "en", scheme: str = "light") -> str:
    """Where its card is."""
    return reverse("portfolio:card", args=["karuko", claim.pk, language, scheme])


def everything(claim: Claim) -> list[str]:
    """Every address under which something of a page could be read."""
    names = ("page", "readme", "resume", "evidence")
    return [*(reverse(f"portfolio:{name}", args=["karuko"]) for name in names), card_of(claim)]


@pytest.mark.parametrize(("language", "scheme"), CARDS)
def test_a_card_has_the_figures_of_its_claim(client: Client, public: Page, language: str, scheme: str) -> None:
    answer = client.get(card_of(shown(), language, scheme))

    facts: ModelFacts = shown().facts
    words = "".join(ElementTree.fromstring(answer.content).itertext())  # noqa: S314  our own
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert "max-age" in answer["Cache-Control"]
    assert f"1/{facts.size.times}" in words
    assert facts.speed
    for figure in (facts.speed.times, facts.speed.low, facts.speed.high):
        assert str(figure) in words
    assert facts.cpu in words
    assert facts.sha256[:12] in words


@pytest.mark.parametrize("wrong", [("fr", "light"), ("en", "pink")])
def test_there_are_no_other_cards(client: Client, public: Page, wrong: tuple[str, str]) -> None:
    assert client.get(card_of(shown(), *wrong)).status_code == 404


def test_markdown_has_a_card_and_a_sentence_for_each_claim(client: Client, public: Page) -> None:
    text = client.get("/p/karuko/README.md", headers={"accept-language": "en"}).content.decode()

    assert text.count("<picture>") == 1
    assert f"http://testserver{card_of(shown(), scheme='dark')}" in text
    assert shown().submission.sha256 not in hidden().submission.sha256
    assert "faster inference" in text


def test_the_evidence_is_the_report_as_it_was_measured(client: Client, public: Page) -> None:
    told = json.loads(client.get("/p/karuko/evidence.json").content)

    [claim] = told["claims"]
    assert Report.from_json(json.dumps(claim["report"])) == shown().submission.report


def test_the_resume_names_a_project_for_each_claim(client: Client, public: Page) -> None:
    told = json.loads(client.get("/p/karuko/resume.json", headers={"accept-language": "ja"}).content)

    assert told["basics"] == {"name": "軽子", "url": "http://testserver/p/karuko/"}
    [project] = told["projects"]
    assert "高速化" in project["description"]


def test_nothing_of_a_private_page_can_be_reached(client: Client, portfolio: Page) -> None:
    assert {client.get(address).status_code for address in everything(shown())} == {404}


def test_the_card_of_a_claim_that_is_not_shown_does_not_exist(client: Client, public: Page) -> None:
    assert client.get(card_of(hidden())).status_code == 404
    for address in everything(shown())[:-1]:
        assert hidden().submission.sha256 not in client.get(address).content.decode()


def test_a_claim_has_no_card_under_the_address_of_another(client: Client, public: Page) -> None:
    other = User.objects.create_user("other@example.com")
    Page.objects.create(owner=other, address="other", name="x", is_public=True)

    assert client.get(reverse("portfolio:card", args=["other", shown().pk, "en", "light"])).status_code == 404


def test_with_the_account_everything_goes(
    client: Client, public: Page, user: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    addresses = everything(shown())
    Link.objects.make(user, "x", 7)

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(user)

    assert {client.get(address).status_code for address in addresses} == {404}
    assert not Link.objects.exists()


def test_no_name_can_break_out_of_a_document(client: Client, public: Page) -> None:
    Page.objects.update(name='<script>alert(1)</script> "&')

    for address in everything(shown()):
        text = client.get(address).content.decode()
        assert "<script>" not in text or address.endswith(".json")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_resume_is_one_by_the_published_schema(client: Client, public: Page, language: str) -> None:
    told = json.loads(client.get("/p/karuko/resume.json", headers={"accept-language": language}).content)

    assert departures(told, "json-resume-1.3.1.json") == []
