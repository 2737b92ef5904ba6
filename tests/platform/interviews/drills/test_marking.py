"""What an answer is worth."""

import pytest

from interviews.drills.marking import Mark, Verdict, mark
from interviews.drills.problem import EXACTLY, Choice, Problem, decimals, digits, draw, number, plain, written


def verdict(value: float, answer: float, **kind: object) -> Verdict:
    return mark(number(value, **kind), answer).verdict  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [3.14, 3.15, 3.1416])
def test_one_in_the_last_place_is_forgiven(answer: float) -> None:
    assert verdict(3.14159, answer, rounding=decimals(2)) == Verdict.RIGHT


@pytest.mark.parametrize("answer", [3.1, 3.16, 3.12])
def test_too_few_digits_are_near_but_not_right(answer: float) -> None:
    assert verdict(3.14159, answer, rounding=decimals(2)) == Verdict.COARSE


def test_a_whole_number_is_not_nearly_right() -> None:
    assert verdict(104, 103) == Verdict.WRONG
    assert verdict(104, 104.4) == Verdict.WRONG


def test_a_large_count_may_be_near() -> None:
    assert verdict(100_352, 100_000) == Verdict.COARSE


def test_a_wrong_method_is_named_before_a_near_miss() -> None:
    asked = number(0.02471, digits(4), levels=0.02461)

    assert mark(asked, 0.02461) == Mark(Verdict.METHOD, "levels")
    assert mark(asked, 0.02465) == Mark(Verdict.COARSE)


@pytest.mark.parametrize("factor", [1e3, 1e-3, 1024, 1 / 1024, 8, 100])
def test_the_right_digits_in_another_unit_are_seen(factor: float) -> None:
    assert verdict(37.5, 37.5 * factor, rounding=digits(3)) == Verdict.UNIT


def test_zero_has_no_other_unit() -> None:
    assert verdict(0, 5) == Verdict.WRONG


def test_a_choice_is_right_or_wrong() -> None:
    asked = Choice(value="memory", options=("compute", "memory"))

    assert mark(asked, "memory").is_right
    assert mark(asked, "compute").verdict == Verdict.WRONG


def test_a_method_that_happens_to_be_right_is_no_wrong_one() -> None:
    assert number(5, EXACTLY, "", same=5, other=6, other_again=6).wrong == {"other": 6}


def test_a_problem_that_hides_a_wrong_method_is_drawn_again() -> None:
    def make(rng: object) -> Problem:
        made.append(len(made))
        return Problem(given={}, asked={"x": number(5, decimals(1), "", wrong=5 + len(made) / 10)})

    made: list[int] = []

    problem = draw(make, "seed")

    assert len(made) == 4
    assert problem.is_telling


def test_numbers_are_written_for_people() -> None:
    assert [written(-1234.5, 1), written(-0.001, 2), plain(0.35), plain(1200), plain(-0.5)] == [
        "−1,234.5",
        "0.00",
        "0.35",
        "1,200",
        "−0.5",
    ]
