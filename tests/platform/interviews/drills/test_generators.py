"""Every drill, solved another way from nothing but what its reader is given."""

import math
import re
from itertools import pairwise

import pytest
from django.utils.translation import override
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interviews.drills.book import SEEDS, book
from interviews.drills.generators import GENERATORS
from interviews.drills.marking import Verdict, mark
from interviews.drills.problem import Choice, Number, Problem
from tests.platform.interviews.drills.solvers import SOLVERS, figure, seen_in

each_drill = pytest.mark.parametrize("drill_id", GENERATORS)
seeds = st.integers(0, SEEDS - 1)
PRINTED = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def numbers(problem: Problem) -> dict[str, Number]:
    return {name: asked for name, asked in problem.asked.items() if isinstance(asked, Number)}


def test_every_drill_has_another_way_to_be_solved() -> None:
    assert SOLVERS.keys() == GENERATORS.keys() == book().drills.keys()
    assert len(GENERATORS) >= 15


@each_drill
@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_the_stated_answer_is_right(drill_id: str, seed: int) -> None:
    problem = book()[drill_id].problem(seed)

    solution = SOLVERS[drill_id](seen_in(problem))

    assert solution.keys() == problem.asked.keys()
    for name, asked in problem.asked.items():
        assert mark(asked, solution[name]).is_right, (name, solution[name], asked)
        if isinstance(asked, Number):  # and not only as near as a reader has to come
            assert solution[name] == pytest.approx(asked.value, rel=1e-3, abs=max(0.011 * asked.tolerance, 1e-6))


@each_drill
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_correct_rounding_passes_and_what_is_printed_as_well(drill_id: str, seed: int) -> None:
    for asked in numbers(book()[drill_id].problem(seed)).values():
        step = 10.0**-asked.decimals
        roundings = [round(asked.value, asked.decimals), figure(asked.text)]
        if asked.rounding.kind != "exact":
            roundings += [math.floor(asked.value / step) * step, math.ceil(asked.value / step) * step]

        assert all(asked.accepts(rounded) for rounded in roundings), asked


@each_drill
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_every_wrong_method_is_refused_and_named(drill_id: str, seed: int) -> None:
    for asked in numbers(book()[drill_id].problem(seed)).values():
        for method, value in asked.wrong.items():
            rounded = round(value, max(asked.decimals, 0)) if asked.rounding.kind != "exact" else value

            verdict = mark(asked, rounded)

            assert (verdict.verdict, verdict.method) == (Verdict.METHOD, method), (asked, value)


@each_drill
def test_problems_differ_and_every_wrong_method_occurs(drill_id: str) -> None:
    drill = book()[drill_id]
    problems = [drill.problem(seed) for seed in range(150)]

    made = {
        (name, method) for problem in problems for name, asked in numbers(problem).items() for method in asked.wrong
    }
    told = {(name, method) for name, words in drill.table.asked.items() for method in words.wrong}

    assert len({tuple(problem.given.items()) for problem in problems}) > 60
    assert made == told


@each_drill
def test_every_option_of_a_choice_is_the_right_one_at_times(drill_id: str) -> None:
    problems = [book()[drill_id].problem(seed) for seed in range(60)]

    for name, asked in problems[0].asked.items():
        if isinstance(asked, Choice):
            values = [problem.asked[name].value for problem in problems]
            assert all(values.count(option) > 10 for option in asked.options)


@each_drill
def test_a_seed_makes_the_same_problem_again(drill_id: str) -> None:
    assert book()[drill_id].problem(4711) == book()[drill_id].problem(4711)


@each_drill
@pytest.mark.parametrize("language", ["ja", "en"])
@settings(max_examples=10, deadline=None)
@given(seed=seeds)
@example(seed=0)
def test_statement_and_solution_are_whole_in_both_languages(drill_id: str, language: str, seed: int) -> None:
    drill = book()[drill_id]
    problem = drill.problem(seed)
    with override(language):
        statement, steps = drill.statement(problem), drill.steps(problem)

    words = re.sub(r"<math.*?</math>|<[^>]*>", "", " ".join([statement, *steps]), flags=re.DOTALL)
    assert not re.search(r"[{}$\\]|\*\*|\bnan\b|\binf\b", words)
    assert ("です" in words) == (language == "ja")
    for asked in numbers(problem).values():
        assert asked.text in "".join(steps)
    for name, text in problem.given.items():
        if name != "rows":
            assert set(PRINTED.findall(text)) <= set(PRINTED.findall(statement)), name


@pytest.mark.parametrize("drill_id", ["accuracy-interval"])
def test_the_intervals_are_too_wide_for_one_point_as_the_solution_says(drill_id: str) -> None:
    for seed in range(200):
        asked = numbers(book()[drill_id].problem(seed))

        assert asked["high"].value - asked["low"].value > 1


@each_drill
def test_wrong_answers_lie_apart(drill_id: str) -> None:
    for seed in range(40):
        for asked in numbers(book()[drill_id].problem(seed)).values():
            ordered = sorted([asked.value, *asked.wrong.values()])
            assert all(later - earlier > 3 * asked.tolerance for earlier, later in pairwise(ordered))
