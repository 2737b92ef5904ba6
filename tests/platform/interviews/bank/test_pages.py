"""Browsing, filtering, searching and bookmarking questions."""

import re
from dataclasses import replace

import pytest
from django.test import Client
from model_bakery import baker

from accounts.models import User
from interviews.bank.bank import bank
from interviews.bank.models import Bookmark
from interviews.bank.tables import Level

both_languages = pytest.mark.parametrize("language", ["ja", "en"])
QUESTION = "pruning-threshold"
pytestmark = pytest.mark.django_db


def listed(page: str) -> list[str]:
    """The ids of the questions on a page."""
    return re.findall(r'<h2><a href="/interviews/questions/([a-z0-9-]+)/">', page)


@both_languages
def test_the_list_shows_every_question(client: Client, language: str) -> None:
    page = client.get("/interviews/questions/", headers={"accept-language": language}).content.decode()

    assert listed(page) == list(bank().questions)
    assert bank().questions[QUESTION].texts[language].title in page


def test_the_list_narrows_by_skill_level_and_kind(client: Client) -> None:
    answer = client.get("/interviews/questions/?skill=pruning&level=3")

    found = [bank().questions[question] for question in listed(answer.content.decode())]

    assert found
    assert all(one.level == Level.SENIOR and "pruning" in {skill.id for skill in one.skills} for one in found)


def test_a_filter_that_makes_no_sense_narrows_nothing(client: Client) -> None:
    page = client.get("/interviews/questions/?skill=witchcraft&level=9").content.decode()

    assert len(listed(page)) == len(bank().questions)


@pytest.mark.parametrize(("language", "query"), [("ja", "枝刈り 閾値"), ("en", "pruning threshold")])
def test_a_search_puts_the_best_question_first(client: Client, language: str, query: str) -> None:
    page = client.get("/interviews/questions/", {"q": query}, headers={"accept-language": language})

    assert listed(page.content.decode())[0] == QUESTION


def test_htmx_gets_the_list_alone(client: Client) -> None:
    answer = client.get("/interviews/questions/?skill=arm", headers={"hx-request": "true"})

    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


@both_languages
def test_a_question_shows_all_that_belongs_to_it(client: Client, language: str) -> None:
    page = client.get(f"/interviews/questions/{QUESTION}/", headers={"accept-language": language}).content.decode()

    text = bank().questions[QUESTION].texts[language]
    for part in (text.ask, text.gist, text.theory, text.project, *text.mistakes):
        assert str(part) in page
    assert page.count('id="source-') == len(text.sources)


def test_a_question_that_never_was_is_not_found(client: Client) -> None:
    assert client.get("/interviews/questions/how-tall-are-you/").status_code == 404


def test_a_former_id_leads_to_the_question(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bank().renamed, "threshold", QUESTION)  # type: ignore[arg-type]

    answer = client.get("/interviews/questions/threshold/")

    assert (answer.status_code, answer["Location"]) == (301, f"/interviews/questions/{QUESTION}/")


def test_a_bookmark_is_kept_once_and_let_go_of(signed_in: Client, user: User) -> None:
    for _ in range(2):  # a double click
        signed_in.post(f"/interviews/questions/{QUESTION}/bookmark/", {"keep": "1"})
    kept = listed(signed_in.get("/interviews/questions/?bookmarked=on").content.decode())
    signed_in.post(f"/interviews/questions/{QUESTION}/bookmark/")

    assert kept == [QUESTION]
    assert not Bookmark.objects.exists()


def test_a_bookmark_under_a_former_name_can_be_let_go_of(
    signed_in: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = replace(bank().questions[QUESTION], ids=[QUESTION, "threshold"])
    monkeypatch.setitem(bank().questions, QUESTION, renamed)  # type: ignore[arg-type]
    baker.make(Bookmark, owner=user, question="threshold")

    signed_in.post(f"/interviews/questions/{QUESTION}/bookmark/")

    assert not Bookmark.objects.exists()


def test_bookmarks_are_ones_own(signed_in: Client) -> None:
    baker.make(Bookmark, question=QUESTION)

    assert listed(signed_in.get("/interviews/questions/?bookmarked=on").content.decode()) == []


def test_a_bookmark_of_a_question_that_is_gone_is_passed_over(signed_in: Client, user: User) -> None:
    baker.make(Bookmark, owner=user, question="gone")

    assert signed_in.get("/interviews/questions/").status_code == 200


def test_a_visitor_is_asked_to_sign_in_before_a_bookmark_is_kept(client: Client) -> None:
    answer = client.post(f"/interviews/questions/{QUESTION}/bookmark/", {"keep": "1"})

    assert answer["Location"].startswith("/accounts/login/")


@both_languages
def test_the_skill_page_and_the_search_lead_to_questions(client: Client, language: str) -> None:
    headers = {"accept-language": language}
    skill = client.get("/skills/pruning/", headers=headers).content.decode()
    hits = client.get("/guide/search/", {"q": bank().questions[QUESTION].texts[language].title}, headers=headers)

    assert "/interviews/questions/?skill=pruning" in skill
    assert f"/interviews/questions/{QUESTION}/" in hits.content.decode()
