"""The forecast is what then happens: the same queue, driven through rows for a month by the same model reader."""

from datetime import datetime, timedelta
from time import process_time
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import User
from interviews.cards.days import Days
from interviews.cards.forecast import PAUSE, Day, forecast, model_rating
from interviews.cards.models import Deck, Review
from interviews.cards.pile import Pile, Rules
from interviews.cards.reviewing import Grading, keep
from interviews.cards.sitting import Sitting
from tests.platform.interviews.cards.conftest import NOON, TOKYO, later, on

CPU_S = 0.5
MONTH = 30
INTERVIEW = on(18)


def lived(user: User, deck: Deck, begin: datetime, count: int) -> list[Day]:
    """So many days at the table, card by card through the rows; who sits there is the model reader."""
    days, first = Days(timezone.get_current_timezone()), Sitting.of(user, deck, begin).pile.day
    found = []
    for ahead in range(count):
        day = first + timedelta(days=ahead)
        at = days.same_time(begin, day) if ahead else begin
        while (sitting := Sitting.of(user, deck, at)).queue.next:
            shown = sitting.shown
            assert shown is not None
            seen = sitting.pile.seen.get(shown.question.id)
            rating = model_rating(shown.question.id, seen, at)
            grading = Grading(question=shown.question, number=shown.number, key=uuid4(), rating=rating)
            keep(user, grading, deck.retention, at)
            at += PAUSE
        pile = sitting.pile
        found.append(Day(date=day, new=pile.new, reviews=pile.done - pile.new, carried=sitting.queue.carried))
    return found


def foreseen(user: User, deck: Deck, at: datetime, count: int) -> list[Day]:
    """The forecast of the same days."""
    sitting = Sitting.of(user, deck, at)
    return list(forecast(sitting.pile, sitting.rules, at, sitting.days, count).days)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("interview", "cap", "new_a_day"),
    [
        (INTERVIEW, 12, 10),
        pytest.param(None, 12, 10, marks=pytest.mark.long),
        pytest.param(INTERVIEW, 40, 6, marks=pytest.mark.long),
        pytest.param(None, 40, 6, marks=pytest.mark.long),
    ],
)
def test_the_forecast_equals_what_then_happens_in_a_simulated_month(
    user: User, deck: Deck, interview: object, cap: int, new_a_day: int
) -> None:
    Deck.objects.update(interview_on=interview, cap=cap, new_a_day=new_a_day)
    deck.refresh_from_db()
    expected = foreseen(user, deck, NOON, MONTH)

    happened = lived(user, deck, NOON, MONTH)

    assert happened == expected
    assert cap == 40 or any(day.carried for day in happened)
    assert Review.objects.count() == sum(day.gradings for day in expected)


@pytest.mark.django_db
def test_the_forecast_of_a_day_that_has_begun_counts_what_was_done(user: User, deck: Deck) -> None:
    whole = foreseen(user, deck, NOON, 3)
    sitting = Sitting.of(user, deck, NOON)
    assert sitting.shown is not None
    name = sitting.shown.question.id
    grading = Grading(question=sitting.shown.question, number=0, key=uuid4(), rating=model_rating(name, None, NOON))
    keep(user, grading, deck.retention, NOON)

    rest = foreseen(user, deck, NOON + PAUSE, 3)

    assert [(day.date, day.new, day.gradings) for day in rest] == [(day.date, day.new, day.gradings) for day in whole]


@pytest.mark.django_db
def test_a_clock_that_is_put_back_moves_no_day(user: User, deck: Deck) -> None:
    """Berlin, over the night in which summer ends."""
    with timezone.override(ZoneInfo("Europe/Berlin")):
        at = datetime(2026, 10, 23, 21, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        expected = foreseen(user, deck, at, 5)

        assert lived(user, deck, at, 5) == expected


def pile_of(count: int) -> Pile:
    """So many unseen cards."""
    return Pile.of(on(0), [f"card-{n}" for n in range(count)], {})


def test_the_same_deck_gives_the_same_forecast_and_is_left_as_it_was() -> None:
    pile, rules = pile_of(40), Rules(new_a_day=6, cap=20, retention=90)

    first, second = (forecast(pile, rules, NOON, TOKYO).days for _ in range(2))

    assert first == second
    assert (len(pile.unseen), pile.done, pile.day) == (40, 0, on(0))


def test_the_forecast_never_goes_beyond_the_cap_or_the_new_cards_of_a_day() -> None:
    days = forecast(pile_of(135), Rules(new_a_day=10, cap=25, retention=90), NOON, TOKYO).days

    assert max(day.gradings for day in days) == 25
    assert max(day.new for day in days) == 10
    assert any(day.carried for day in days)


def test_a_higher_retention_means_more_reviews() -> None:
    loads = [
        sum(day.gradings for day in forecast(pile_of(60), Rules(new_a_day=6, cap=100, retention=r), NOON, TOKYO).days)
        for r in (80, 90, 95)
    ]

    assert loads == sorted(loads)
    assert loads[0] < loads[-1]


@pytest.mark.parametrize("interview", [None, on(30)])
def test_a_month_of_135_cards_is_foreseen_quickly(interview: object) -> None:
    rules = Rules(new_a_day=6, cap=40, retention=90, interview=interview)  # type: ignore[arg-type]
    began = process_time()

    forecast(pile_of(135), rules, NOON, TOKYO)

    assert process_time() - began < CPU_S


def test_the_model_reader_recalls_as_often_as_predicted() -> None:
    """Of cards that are seen for the first time: 76 %, to within four standard errors."""
    known = sum(model_rating(f"card-{n}", None, later()) == 3 for n in range(4000)) / 4000

    assert abs(known - 0.76) < 4 * (0.76 * 0.24 / 4000) ** 0.5
