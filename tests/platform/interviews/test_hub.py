"""The front page of interview practice, and the way to it."""

import pytest
from django.test import Client
from django.utils.timezone import now
from model_bakery import baker

from accounts.models import User
from interviews.bank.bank import bank
from interviews.bank.tables import Level
from interviews.cards.models import Deck
from interviews.mock.models import Mock
from submissions.example import example
from submissions.models import Status, Submission

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
ROOMS = ["questions", "cards", "drills", "mock", "desk", "own/example"]


@both_languages
def test_every_practice_has_a_door_that_opens(client: Client, language: str) -> None:
    headers = {"accept-language": language}
    page = client.get("/interviews/", headers=headers).content.decode()

    for room in ROOMS:
        address = f"/interviews/{room}/"
        assert f'href="{address}"' in page
        assert client.get(address, headers=headers).status_code == 200


def test_the_site_and_its_home_page_lead_to_it(client: Client) -> None:
    page = client.get("/").content.decode()

    assert page.count('href="/interviews/"') == 2  # navigation and door


@both_languages
def test_what_waits_for_a_reader_comes_first(signed_in: Client, user: User, language: str) -> None:
    question = bank().questions["pruning-threshold"]
    running = Mock.objects.begin(user, Level.MID, 15, [question])
    unjudged = baker.make(Mock, owner=user, level=2, finished_at=now())
    report = baker.make(
        Submission, owner=user, challenge="int8_fashion", status=Status.GRADED, report_json=example().report.to_json()
    )

    page = signed_in.get("/interviews/", headers={"accept-language": language}).content.decode()

    for address in (running.get_absolute_url(), unjudged.get_absolute_url(), f"/interviews/own/{report.pk}/"):
        assert f'href="{address}"' in page


def test_cards_that_are_due_are_counted(signed_in: Client, user: User) -> None:
    before = signed_in.get("/interviews/", headers={"accept-language": "en"}).content.decode()
    baker.make(Deck, owner=user, skills=["pruning"], levels=[1, 2, 3], new_a_day=3, cap=20)

    after = signed_in.get("/interviews/", headers={"accept-language": "en"}).content.decode()

    assert "Choose a deck" in before
    assert "Flashcards to go: 3" in after


def test_who_rests_is_not_asked_to_choose_a_deck(signed_in: Client, user: User) -> None:
    baker.make(Deck, owner=user, skills=["pruning"], levels=[1, 2, 3], is_paused=True)

    page = signed_in.get("/interviews/", headers={"accept-language": "en"}).content.decode()

    assert "Flashcards: resting" in page
    assert "Choose a deck" not in page


def test_somebody_elses_practice_is_not_shown(signed_in: Client) -> None:
    other = baker.make(User, email="other@example.com")
    mock = Mock.objects.begin(other, Level.MID, 15, [bank().questions["pruning-threshold"]])

    assert str(mock.pk) not in signed_in.get("/interviews/").content.decode()


@pytest.mark.parametrize(
    ("skill", "address"),
    [
        ("cost-of-inference", "/interviews/drills/roofline/"),
        ("edge-system-design", "/interviews/desk/phone-detection/"),
        ("edge-system-design", "/interviews/questions/?skill=edge-system-design"),
    ],
)
def test_a_skill_leads_to_its_practice(client: Client, skill: str, address: str) -> None:
    assert f'href="{address}"' in client.get(f"/skills/{skill}/").content.decode()


@pytest.mark.parametrize(
    ("language", "query", "address"),
    [
        ("ja", "演算強度とルーフライン", "/interviews/drills/roofline/"),
        ("en", "wake word battery", "/interviews/desk/wake-word/"),
        ("en", "pruning threshold", "/interviews/questions/pruning-threshold/"),
    ],
)
def test_the_search_of_the_site_finds_practice(client: Client, language: str, query: str, address: str) -> None:
    page = client.get("/guide/search/", {"q": query}, headers={"accept-language": language}).content.decode()

    assert f'href="{address}"' in page
