"""The next step is within reach, and brings the most."""

from collections.abc import Iterable

import pytest

from career.models import Goal
from career.roadmap import Plan
from career.targets import targets
from portfolio.journey.offers import Offer, offers
from portfolio.journey.steps import Step, next_steps
from skills.map import skill_map
from skills.models import Evidence, Kind
from skills.standing import standings

Told = tuple[Kind, str, int]
EVERYTHING = [(Kind.DECLARED, skill, 1) for skill in skill_map().skills]


def offer(name: str, measures: bool = False, minutes: int | None = None, begins: int = 0, **shows: int) -> Offer:
    """One that is made up."""
    levels = {skill.replace("_", "-"): level for skill, level in shows.items()}
    return Offer(name=name, title=name, address=name, shows=levels, begins=begins, minutes=minutes, measures=measures)


def steps_of(seniority: str, told: Iterable[Told], found: Iterable[Offer], domain: str = "camera") -> list[Step]:
    """The steps of somebody for whom so much speaks."""
    rows = [Evidence(kind=kind, skill=skill, level=level, source="inventory") for kind, skill, level in told]
    return chosen(seniority, domain, rows, found)


def chosen(seniority: str, domain: str, rows: Iterable[Evidence], found: Iterable[Offer]) -> list[Step]:
    """The same from evidence."""
    stands = standings(rows)
    return [*next_steps(Plan.of(Goal(seniority=seniority, domain=domain), stands), stands, found)]


def names(steps: list[Step]) -> list[str]:
    """Of what, in order."""
    return [step.offer.title for step in steps]


def done(step: Step) -> list[Evidence]:
    """What it leaves."""
    kind = Kind.MEASURED if step.offer.measures else Kind.PRACTISED
    return [Evidence(kind=kind, skill=skill, level=level, source="x") for skill, level in step.offer.shows.items()]


def test_prerequisites_come_first() -> None:
    far, near = offer("far", calibration=1), offer("near", number_formats=1)

    assert names(steps_of("mid", [], [far, near])) == ["near"]


def test_a_prerequisite_that_is_part_of_it_need_not_be_there_before() -> None:
    both = offer("both", deep_learning_basics=1, model_evaluation=1)

    assert names(steps_of("mid", [], [both])) == ["both"]


def test_what_begins_higher_waits() -> None:
    second = offer("second", number_formats=2, begins=1)

    assert not steps_of("mid", [], [second])
    assert steps_of("mid", [(Kind.DECLARED, "number-formats", 1)], [second])


def test_a_challenge_comes_before_practice_that_raises_more() -> None:
    challenge = offer("challenge", measures=True, minutes=600, calibration=2)
    drill = offer("drill", pruning=2, knowledge_distillation=2, onnx_runtime=2)

    assert names(steps_of("mid", EVERYTHING, [drill, challenge])) == ["challenge", "drill"]


def test_the_larger_gap_comes_first() -> None:
    small, large = offer("a", pruning=2), offer("b", pruning=2, onnx_runtime=2)

    assert names(steps_of("mid", EVERYTHING, [small, large])) == ["b", "a"]


def test_of_challenges_the_one_that_takes_less_time_for_a_level_comes_first() -> None:
    long = offer("long", measures=True, minutes=180, pruning=2, calibration=2)
    short = offer("short", measures=True, minutes=60, pruning=2)

    assert names(steps_of("mid", EVERYTHING, [long, short])) == ["short", "long"]


def test_a_level_above_what_the_role_asks_for_counts_for_nothing() -> None:
    [step] = steps_of("junior", EVERYTHING, [offer("c", measures=True, calibration=3)])

    assert step.levels == 2  # the industry asks for one more than the role
    assert step.lifts[0].after == 3


def test_what_was_only_said_can_still_be_measured_but_need_not_be_practised() -> None:
    said = [(Kind.DECLARED, skill, 3) for skill in skill_map().skills]

    steps = steps_of("mid", said, [offer("challenge", measures=True, pruning=2), offer("drill", pruning=2)])

    assert names(steps) == ["challenge"]
    assert (steps[0].lifts[0].before, steps[0].lifts[0].after) == (0, 2)


def test_what_was_passed_is_no_step_any_more() -> None:
    challenge = offer("challenge", measures=True, pruning=2)

    assert not steps_of("mid", [*EVERYTHING, (Kind.MEASURED, "pruning", 2)], [challenge])
    assert steps_of("mid", [*EVERYTHING, (Kind.MEASURED, "pruning", 1)], [challenge])  # passed in part


def test_the_alternatives_are_of_other_kinds_if_there_are_any() -> None:
    found = [
        *(offer("challenge", measures=True, minutes=minutes, pruning=2) for minutes in (30, 60, 90)),
        offer("drill", pruning=2),
    ]

    steps = steps_of("mid", EVERYTHING, found)

    assert [(step.offer.name, step.offer.minutes) for step in steps] == [
        ("challenge", 30),
        ("drill", None),
        ("challenge", 60),
    ]


def test_no_offer_that_does_nothing_for_the_role_is_a_step() -> None:
    assert not steps_of("junior", [], [offer("other", risc_v=1)])


@pytest.mark.parametrize("seniority", ["junior", "mid", "senior"])
@pytest.mark.parametrize("domain", targets().domains)
def test_step_by_step_one_gets_from_nothing_to_any_role(seniority: str, domain: str) -> None:
    evidence, found = list[Evidence](), [*offers()]

    taken = 0
    while steps := chosen(seniority, domain, evidence, found):
        evidence += done(steps[0])
        taken += 1
        assert taken < 100

    plan = Plan.of(Goal(seniority=seniority, domain=domain), standings(evidence))
    assert plan.gaps == []
    assert {one.skill.id for one in plan.requirements if one.standing and one.standing.is_measured}


@pytest.mark.parametrize("domain", targets().domains)
def test_a_beginner_begins_with_the_foundations(domain: str) -> None:
    steps = steps_of("junior", [], offers(), domain)

    assert len(steps) == 3
    assert not any(step.offer.measures for step in steps)  # every challenge builds on something
    assert {lift.skill.tier for step in steps for lift in step.lifts} == {"foundations"}


def test_what_the_role_does_not_ask_for_is_built_on_all_the_same() -> None:
    challenge = offer("challenge", measures=True, deep_learning_basics=2, efficient_architectures=2)
    needed = [(Kind.DECLARED, skill, 1) for skill in ("training-frameworks", "cost-of-inference")]

    assert "efficient-architectures" not in targets().required("junior", "mobile")
    assert not steps_of("junior", [], [challenge], "mobile")
    assert steps_of("junior", needed, [challenge], "mobile")


def test_every_offer_shows_skills_of_the_map_at_its_levels() -> None:
    for one in offers():
        assert one.shows.keys() <= skill_map().skills.keys()
        assert all(one.begins < level <= 3 for level in one.shows.values())
