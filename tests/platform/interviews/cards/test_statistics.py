"""What the log tells: retention with its uncertainty, ages, times, and what it says of skills."""

from collections.abc import Callable

import pytest
from fsrs import Rating

from accounts.models import User
from grader.measure.accuracy import wilson_interval
from interviews.cards.mastery import SOURCE, level_shown
from interviews.cards.models import Deck, Review
from interviews.cards.reviewing import undo
from interviews.cards.sitting import Sitting
from interviews.cards.statistics import Age, ages, by_skill, retention_of, reviews_per_day, seconds_a_card
from skills.map import skill_map
from skills.models import Evidence, Kind
from tests.platform.interviews.cards.conftest import NOON, SKILLS, TOKYO, FakeQuestion, later, on

pytestmark = pytest.mark.django_db
Grade = Callable[..., Review]
SKILL = SKILLS[0]
JUNIOR, MID = f"{SKILL}-1-0", [f"{SKILL}-2-0", f"{SKILL}-2-1"]


def level(user: User) -> int:
    """What the cards say of the skill."""
    row = Evidence.objects.filter(owner=user, skill=SKILL).first()
    return row.level if row else 0


def hold(grade: Grade, name: str) -> None:
    """Learn a card and recall it after eight days."""
    grade(name, Rating.Easy)
    grade(name, Rating.Good, later(8))


def test_retention_counts_reviews_that_were_days_apart_and_nothing_else(user: User, grade: Grade) -> None:
    grade(JUNIOR)
    grade(JUNIOR, at=later(minutes=10))  # a step
    grade(JUNIOR, at=later(2))  # young, recalled
    grade(JUNIOR, Rating.Again, later(12))  # young, forgotten
    grade(JUNIOR, at=later(12, minutes=10))  # relearning, a step
    undo(user, grade(JUNIOR, Rating.Again, later(14)), later(14))

    young, mature = retention_of(Review.objects.standing(user))

    assert (young.age, young.recalled, young.reviews) == (Age.YOUNG, 1, 2)
    assert young.interval == wilson_interval(1, 2)
    assert mature.reviews == 0


def test_a_card_with_an_interval_of_21_days_is_mature(user: User, deck: Deck, grade: Grade) -> None:
    hold(grade, JUNIOR)
    grade(JUNIOR, Rating.Hard, later(60))

    young, mature = retention_of(Review.objects.standing(user))
    counted = ages(Sitting.of(user, deck, later(60)).pile)

    assert (young.reviews, mature.reviews) == (1, 1)
    assert counted == {Age.UNSEEN: 39, Age.LEARNING: 0, Age.YOUNG: 0, Age.MATURE: 1}


def test_reviews_are_counted_on_the_days_of_the_reader(grade: Grade) -> None:
    grade(JUNIOR)
    grade(JUNIOR, at=later(hours=15.9))  # 03:54 in the night
    grade(JUNIOR, at=later(hours=16.1))

    counted = reviews_per_day(Review.objects.all(), on(1), TOKYO)

    assert (counted[on(0)], counted[on(1)], len(counted)) == (2, 1, 30)


def test_every_skill_of_the_deck_is_told_with_its_cards(
    user: User, deck: Deck, grade: Grade, bank: dict[str, FakeQuestion]
) -> None:
    grade(JUNIOR)

    rows = {row.skill.id: row for row in by_skill(Sitting.of(user, deck, NOON).pile, bank.values(), NOON)}  # type: ignore[arg-type]

    assert rows.keys() == set(SKILLS)
    assert (rows[SKILL].cards, rows[SKILL].seen, rows[SKILL].predicted) == (5, 1, 1.0)
    assert rows[SKILLS[1]].predicted is None


def test_minutes_are_the_readers_own_after_twenty_reviews() -> None:
    assert seconds_a_card([9000] * 19) == (20, False)
    assert seconds_a_card([9000] * 15 + [60_000] * 5) == (9.0, True)


def test_a_level_is_shown_when_its_cards_and_those_below_hold(user: User, grade: Grade) -> None:
    for name in MID:
        hold(grade, name)
    before = level(user)

    hold(grade, JUNIOR)

    assert (before, level(user)) == (0, 2)
    evidence = Evidence.objects.get(skill=SKILL)
    assert (evidence.kind, evidence.source) == (Kind.PRACTISED, SOURCE)


def test_an_interval_below_seven_days_holds_nothing(user: User, grade: Grade) -> None:
    grade(JUNIOR, Rating.Easy)
    grade(JUNIOR, at=later(6.9))

    assert level(user) == 0


def test_a_forgotten_card_takes_the_level_back_and_undoing_it_gives_it_again(user: User, grade: Grade) -> None:
    hold(grade, JUNIOR)
    shown = level(user)
    lapse = grade(JUNIOR, Rating.Again, later(30))
    lost = level(user)

    undo(user, lapse, later(30, minutes=1))

    assert (shown, lost, level(user)) == (1, 0, 1)


def test_relearning_a_card_the_same_day_does_not_give_the_level_back(user: User, grade: Grade) -> None:
    hold(grade, JUNIOR)
    grade(JUNIOR, Rating.Again, later(30))
    grade(JUNIOR, Rating.Good, later(30, minutes=10))

    assert level(user) == 0


def test_three_cards_are_enough_where_there_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.platform.interviews.cards.conftest import fake_bank, questions_of

    questions = questions_of([SKILL], (5, 0, 4))
    fake_bank(monkeypatch, questions)
    names = list(questions)

    skill = skill_map()[SKILL]

    assert level_shown(skill, names[:2]) == 0
    assert level_shown(skill, names[:3]) == 1
    assert level_shown(skill, names[:8]) == 3
