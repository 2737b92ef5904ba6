"""Which questions an interview asks."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.bank.bank import Question, bank
from interviews.bank.tables import Level
from interviews.mock.selection import LEVELS, seconds, select
from skills.map import skill_map

QUESTIONS = list(bank().questions.values())


def chosen(level: Level, minutes: int, seed: int = 0, **wishes: object) -> Sequence[Question]:
    """An interview about everything, unless `wishes` says otherwise."""
    wishes = {"skills": [], "seen": [], "random": Random(seed), **wishes}  # noqa: S311 - the same every time
    return select(QUESTIONS, level=level, minutes=minutes, **wishes)  # type: ignore[arg-type]


@given(st.sampled_from(Level), st.sampled_from([15, 30, 45, 60]), st.integers(0, 10_000))
def test_it_fits_the_time_nearly_fills_it_and_asks_nothing_twice(level: Level, minutes: int, seed: int) -> None:
    questions = chosen(level, minutes, seed)

    total_s = sum(map(seconds, questions))
    assert total_s <= 60 * minutes < total_s + 60 * 6
    assert len({question.id for question in questions}) == len(questions)
    assert all(question.level in LEVELS[level] for question in questions)


@pytest.mark.parametrize("level", Level)
def test_the_levels_fit_the_role(level: Level) -> None:
    asked = Counter(question.level for seed in range(30) for question in chosen(level, 60, seed))

    assert asked.most_common(1)[0][0] == level


def test_it_spreads_over_skills_and_kinds() -> None:
    for seed in range(20):
        questions = chosen(Level.MID, 60, seed)

        assert max(Counter(question.skills[0].id for question in questions).values()) == 1
        assert len({question.kind for question in questions}) >= 5


def test_only_the_skills_that_were_chosen_are_asked_for() -> None:
    questions = chosen(Level.SENIOR, 30, skills=["pruning", "arm"])

    assert {question.skills[0].id for question in questions} == {"pruning", "arm"}


def test_what_was_asked_before_comes_last() -> None:
    first = {question.id for question in chosen(Level.MID, 30)}

    second = {question.id for question in chosen(Level.MID, 30, seen=first)}

    assert not first & second


def test_when_everything_was_asked_before_it_is_asked_again() -> None:
    assert chosen(Level.MID, 30, seen=bank().questions.keys())


def test_every_skill_can_be_practised_by_itself_in_a_quarter_of_an_hour() -> None:
    for skill in skill_map().skills:
        for level in Level:
            assert chosen(level, 15, skills=[skill]), (skill, level)
