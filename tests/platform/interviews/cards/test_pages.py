"""The pages of the flashcards, without a browser: forms, keys, caps and days."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from fsrs import Rating

from accounts.models import User
from career.models import Goal
from interviews.cards.models import Card, Deck, Review
from skills.map import skill_map
from tests.platform.interviews.cards.conftest import NOON, SKILLS, FakeQuestion, fake_bank, later, on

pytestmark = pytest.mark.django_db
CARDS, DECK = reverse("interviews:cards"), reverse("interviews:cards_deck")
REVIEW, STATISTICS = reverse("interviews:cards_review"), reverse("interviews:cards_statistics")
CHOICE = {"skills": SKILLS, "levels": [1, 2], "new_a_day": 5, "cap": 20, "retention": 85, "interview_on": ""}
Turn = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def time(clock: Turn) -> None:
    """Noon."""


def answer(client: Client, grade: int = 3, **changes: object) -> dict[str, object]:
    """Grade the card that is shown, and return what was sent."""
    shown = client.get(REVIEW).context["shown"]
    sent = {
        "question": shown.question.id,
        "number": shown.number,
        "key": shown.key,
        "shown_at": shown.shown_at.isoformat(),
        "grade": grade,
        **changes,
    }
    client.post(REVIEW, sent)
    return sent


def test_a_visitor_sees_what_this_is_and_signs_in_to_begin(client: Client) -> None:
    assert client.get(CARDS).status_code == 200
    assert client.get(DECK).url.startswith("/accounts/login/")  # type: ignore[attr-defined]


def test_the_load_is_seen_before_anything_begins(signed_in: Client) -> None:
    page = signed_in.get(DECK, {**CHOICE, "levels": [1]})

    assert page.context["outlook"].cards == 8
    assert len(page.context["outlook"].loads) == 30
    assert not Deck.objects.exists()


def test_htmx_gets_the_load_alone(signed_in: Client) -> None:
    page = signed_in.get(DECK, CHOICE, headers={"HX-Request": "true"})

    assert page.content.strip().startswith(b'<div id="outlook">')


def test_without_a_goal_all_skills_are_chosen_and_with_one_its_gaps(signed_in: Client, user: User) -> None:
    everything = signed_in.get(DECK).context["form"].initial["skills"]
    Goal.objects.create(owner=user, seniority="junior", domain="iot")

    gaps = signed_in.get(DECK).context["form"].initial["skills"]

    assert everything == list(skill_map().skills)
    assert 0 < len(gaps) < len(everything)


def test_a_deck_is_begun_and_changed_without_losing_a_card(signed_in: Client, user: User) -> None:
    signed_in.post(DECK, CHOICE)
    answer(signed_in)

    signed_in.post(DECK, {**CHOICE, "levels": [3]})

    assert Deck.objects.get().levels == [3]
    assert Card.objects.get().reviews == 1
    signed_in.post(DECK, CHOICE)
    assert signed_in.get(CARDS).context["sitting"].pile.seen.keys() == {Card.objects.get().question}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cap": 4},
        {"cap": "many"},
        {"retention": 99},
        {"levels": []},
        {"skills": ["no-such-skill"]},
        {"interview_on": "2026-11-25"},
        {"interview_on": "2027-11-25"},
    ],
)
def test_a_choice_that_cannot_be_is_told_and_kept(signed_in: Client, wrong: dict[str, object]) -> None:
    page = signed_in.post(DECK, {**CHOICE, **wrong})

    assert page.status_code == 422
    assert page.context["form"]["new_a_day"].value() == "5"
    assert not Deck.objects.exists()


def test_a_card_is_shown_graded_and_followed_by_the_next(signed_in: Client, deck: Deck) -> None:
    page = signed_in.get(REVIEW)
    sent = answer(signed_in)

    after = signed_in.get(REVIEW)

    assert f"Gist of {sent['question']}" not in after.content.decode()
    assert page.context["shown"].question != after.context["shown"].question
    assert Review.objects.get().grade == 3


def test_each_grade_says_when_the_card_comes_back(signed_in: Client, deck: Deck) -> None:
    returns = dict(signed_in.get(REVIEW).context["shown"].returns)

    minutes = [returns[rating] / timedelta(minutes=1) for rating in (1, 2, 3)]
    assert minutes == [1, 5.5, 10]
    assert returns[Rating.Easy] == timedelta(days=8)


def test_before_an_interview_no_grade_leads_beyond_it(signed_in: Client, deck: Deck) -> None:
    Deck.objects.update(interview_on=on(5))

    assert dict(signed_in.get(REVIEW).context["shown"].returns)[Rating.Easy] <= timedelta(days=4)


def test_a_double_click_is_one_review(signed_in: Client, deck: Deck) -> None:
    sent = answer(signed_in)

    signed_in.post(REVIEW, sent)

    assert Review.objects.count() == 1


def test_a_stale_tab_is_told_and_gets_the_next_card(signed_in: Client, deck: Deck) -> None:
    sent = answer(signed_in)

    page = signed_in.post(REVIEW, {**sent, "key": uuid4()}, follow=True, headers={"Accept-Language": "en"})

    assert "already graded elsewhere" in page.content.decode()
    assert page.context["shown"].question.id != sent["question"]
    assert Review.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"grade": 5}, {"key": "no key"}, {"number": -1}, {"reviewed_at": "yesterday"}])
def test_a_broken_form_stores_nothing_and_shows_the_card_again(
    signed_in: Client, deck: Deck, wrong: dict[str, object]
) -> None:
    sent = {"question": f"{SKILLS[0]}-1-0", "number": 0, "key": uuid4(), "grade": 3}

    page = signed_in.post(REVIEW, {**sent, **wrong})

    assert page.status_code == 422
    assert not Review.objects.exists()


def test_a_late_grade_keeps_its_time(signed_in: Client, deck: Deck, clock: Turn) -> None:
    shown = signed_in.get(REVIEW).context["shown"]
    clock(later(hours=6))

    said = later(minutes=1).isoformat()
    sent = {"question": shown.question.id, "number": 0, "key": shown.key, "grade": 3, "reviewed_at": said}
    signed_in.post(REVIEW, sent)

    assert Review.objects.get().reviewed_at == later(minutes=1)


def test_the_last_grades_are_undone_one_after_the_other(signed_in: Client, deck: Deck) -> None:
    first, second = answer(signed_in), answer(signed_in, grade=1)

    for sent in (second, first):
        page = signed_in.get(REVIEW)
        assert page.context["last"].key == sent["key"]
        shown = signed_in.post(reverse("interviews:cards_undo", args=[page.context["last"].key]), follow=True)
        assert shown.context["shown"] is not None

    assert list(Card.objects.values_list("reviews", "memory")) == [(0, ""), (0, "")]
    assert signed_in.get(REVIEW).context["last"] is None


def test_nobody_undoes_what_another_person_graded(signed_in: Client, deck: Deck) -> None:
    sent = answer(signed_in)
    stranger = Client()
    stranger.force_login(User.objects.create_user("other@example.com", "a long enough pass phrase"))

    stranger.post(reverse("interviews:cards_undo", args=[sent["key"]]))

    assert Review.objects.get().undone_at is None


def test_what_was_graded_yesterday_is_not_undone(signed_in: Client, deck: Deck, clock: Turn) -> None:
    sent = answer(signed_in)
    clock(later(1))

    signed_in.post(reverse("interviews:cards_undo", args=[sent["key"]]))

    assert signed_in.get(REVIEW).context["last"] is None
    assert Review.objects.get().undone_at is None


def test_the_cap_ends_the_day_and_the_next_begins_at_four_by_the_readers_clock(
    signed_in: Client, user: User, deck: Deck, clock: Turn
) -> None:
    User.objects.update(time_zone="America/New_York")
    Deck.objects.update(cap=6)
    evening = datetime(2026, 11, 26, 8, 58, tzinfo=UTC)  # 03:58 in New York: still the 25th
    clock(evening)
    for _ in range(6):
        answer(signed_in)
    assert signed_in.get(REVIEW).url == CARDS  # type: ignore[attr-defined]

    clock(evening + timedelta(minutes=1))
    before_four = signed_in.get(CARDS).context["sitting"].queue.next
    clock(evening + timedelta(minutes=2))
    at_four = signed_in.get(CARDS).context["sitting"]

    assert before_four is None
    assert at_four.queue.next is not None
    assert at_four.pile.done == 0


def test_new_cards_of_a_day_are_as_many_as_chosen(signed_in: Client, deck: Deck) -> None:
    Deck.objects.update(new_a_day=2)
    for _ in range(2):
        answer(signed_in, grade=4)

    assert signed_in.get(REVIEW).url == CARDS  # type: ignore[attr-defined]


def test_a_card_in_its_steps_comes_again_the_same_day_without_waiting(signed_in: Client, deck: Deck) -> None:
    Deck.objects.update(new_a_day=1)
    sent = answer(signed_in)

    again = signed_in.get(REVIEW).context["shown"]

    assert (again.question.id, again.number) == (sent["question"], 1)


def test_resting_hides_the_queue_and_keeps_everything(signed_in: Client, deck: Deck) -> None:
    sent = answer(signed_in)
    signed_in.post(reverse("interviews:cards_pause"), {"rest": ""})

    resting = signed_in.get(REVIEW)
    signed_in.post(REVIEW, {**sent, "key": uuid4(), "number": 1})  # a grade that was under way is kept
    signed_in.post(reverse("interviews:cards_pause"), {"go_on": ""})

    assert resting.url == CARDS  # type: ignore[attr-defined]
    assert signed_in.get(REVIEW).status_code == 200
    assert Review.objects.count() == 2


def test_a_renamed_question_keeps_its_history(
    signed_in: Client, deck: Deck, bank: dict[str, FakeQuestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = answer(signed_in, grade=4)
    old = str(sent["question"])
    renamed = {("new-name" if name == old else name): question for name, question in bank.items()}
    renamed["new-name"] = FakeQuestion("new-name", bank[old].level, bank[old].skills)
    fake_bank(monkeypatch, renamed, **{old: "new-name"})

    pile = signed_in.get(CARDS).context["sitting"].pile
    stale = {**sent, "key": uuid4(), "number": 1, "grade": 1}
    signed_in.post(REVIEW, stale)

    assert pile.seen["new-name"].reviews == 1
    assert Card.objects.get().reviews == 2


def test_a_removed_question_leaves_the_queue_without_an_error(
    signed_in: Client, deck: Deck, bank: dict[str, FakeQuestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = answer(signed_in)
    fake_bank(monkeypatch, {name: question for name, question in bank.items() if name != sent["question"]})

    page = signed_in.post(REVIEW, {**sent, "key": UUID(int=3), "number": 1}, headers={"Accept-Language": "en"})

    assert "no longer in the bank" in page.content.decode()
    assert [signed_in.get(address).status_code for address in (CARDS, REVIEW, STATISTICS, DECK)] == [200] * 4
    signed_in.post(reverse("interviews:cards_undo", args=[sent["key"]]))
    assert Card.objects.get().reviews == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_plan_is_shown_with_its_phases_and_what_does_not_fit(signed_in: Client, user: User, language: str) -> None:
    User.objects.update(language=language)
    page = signed_in.get(DECK, {**CHOICE, "levels": [1, 2, 3], "cap": 5, "interview_on": on(14).isoformat()})

    outlook = page.context["outlook"]
    text = page.content.decode()

    assert outlook.plan.missing > 0
    assert f"{outlook.plan.twice}" in text
    assert f"{outlook.cap_that_fits}" in text
    assert ("収まりません" if language == "ja" else "Not everything fits") in text


def test_after_the_interview_the_plan_is_over(signed_in: Client, deck: Deck, clock: Turn) -> None:
    Deck.objects.update(interview_on=on(3))
    clock(later(3))

    sitting = signed_in.get(CARDS).context["sitting"]

    assert sitting.countdown is None
    assert sitting.queue.new == 6
    assert signed_in.get(DECK).context["form"].initial["interview_on"] is None


def test_cards_and_reviews_are_in_the_export(signed_in: Client, user: User, deck: Deck) -> None:
    from accounts.belongings import belongings

    answer(signed_in)

    assert {Card, Deck, Review} <= {rows.model for rows in belongings(user) if rows.exists()}


def test_nothing_is_known_about_a_reader_at_first(signed_in: Client, deck: Deck) -> None:
    page = signed_in.get(STATISTICS)

    assert [one.reviews for one in page.context["retention"]] == [0, 0]
    assert NOON.date() == on(0)
