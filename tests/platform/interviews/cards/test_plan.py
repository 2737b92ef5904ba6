"""What planning backwards promises, for any deck, any cap and any date."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviews.cards.countdown import Countdown
from interviews.cards.forecast import forecast, simulate
from interviews.cards.pile import Pile, Rules
from interviews.cards.plan import Plan, Stage, cap_that_fits, plan
from interviews.cards.queue import queue
from interviews.cards.schedule import recall
from tests.platform.interviews.cards.conftest import NOON, TOKYO, on

WIDE = 300


def pile_of(count: int) -> Pile:
    """So many unseen cards."""
    return Pile.of(on(0), [f"card-{n}" for n in range(count)], {})


def rules_for(ahead: int, cap: int, new_a_day: int = 6) -> Rules:
    """An interview so many days ahead."""
    return Rules(new_a_day=new_a_day, cap=cap, retention=90, interview=on(ahead))


def planned(count: int, ahead: int, cap: int) -> Plan:
    """A plan for unseen cards."""
    found = plan(pile_of(count), rules_for(ahead, cap), NOON, TOKYO)
    assert found is not None
    return found


def reviewed_on(pile: Pile, rules: Rules, until: date) -> dict[str, list[date]]:
    """For each card the days on which it was graded, as a witness who does not ask the plan."""
    log: dict[str, list[date]] = {card_id: [] for card_id in pile.unseen}
    at = NOON
    while pile.day < until:
        before = {name: seen.reviews for name, seen in pile.seen.items()}
        simulate(pile, rules, at, TOKYO)
        for name, seen in pile.seen.items():
            if seen.reviews > before.get(name, 0):
                log[name].append(pile.day)
        pile.turn(pile.day + timedelta(days=1))
        at = TOKYO.same_time(at, pile.day)
    return log


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 40), ahead=st.integers(1, 40), cap=st.integers(5, 60))
def test_every_card_comes_up_on_two_days_after_its_first_or_is_reported_as_not_fitting(
    count: int, ahead: int, cap: int
) -> None:
    log = reviewed_on(pile_of(count), rules_for(ahead, cap), on(ahead))
    twice = sum(len(days) >= 3 for days in log.values())

    found = planned(count, ahead, cap)

    assert (found.twice, found.missing) == (twice, count - twice)
    assert found.seen == sum(bool(days) for days in log.values())


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 40), ahead=st.integers(6, 60))
def test_with_room_enough_everything_fits(count: int, ahead: int) -> None:
    assert planned(count, ahead, WIDE).missing == 0


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 40), ahead=st.integers(1, 40), cap=st.integers(5, 60))
def test_the_cap_is_never_exceeded(count: int, ahead: int, cap: int) -> None:
    assert all(day.gradings <= cap for day in planned(count, ahead, cap).days)


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 30), ahead=st.integers(2, 30), cap=st.integers(5, 60))
def test_before_its_final_pass_no_card_is_scheduled_beyond_the_last_day(count: int, ahead: int, cap: int) -> None:
    pile, rules, at = pile_of(count), rules_for(ahead, cap), NOON
    countdown = Countdown.of(on(ahead), cap, count)

    while pile.day < on(ahead):
        simulate(pile, rules, at, TOKYO)
        for seen in pile.seen.values():
            has_passed = seen.last_day >= countdown.final_from and not seen.owed
            assert has_passed or seen.last_day == countdown.last_day or countdown.due_day(seen) <= countdown.last_day
        pile.turn(pile.day + timedelta(days=1))
        at = TOKYO.same_time(at, pile.day)


def test_the_final_pass_takes_what_is_owed_and_then_the_least_recalled_first() -> None:
    rules = rules_for(20, 40)
    pile = forecast(pile_of(30), rules, NOON, TOKYO, 19).pile
    pile.turn(on(19))
    at, date_of_interview = TOKYO.same_time(NOON, on(19)), TOKYO.same_time(NOON, on(20))

    order = [pile.seen[name] for name in queue(pile, rules, at, TOKYO).order]

    owed = [seen for seen in order if seen.owed]
    predicted = [recall(seen.card, date_of_interview) for seen in order[len(owed) :]]
    assert (len(order), order[: len(owed)]) == (30, owed)
    assert predicted == sorted(predicted)
    assert predicted[0] < predicted[-1]


def test_a_plan_is_told_as_phases_without_gaps() -> None:
    found = planned(40, 30, 40)

    stages = [(phase.stage, phase.first, phase.last) for phase in found.phases]

    assert [stage for stage, _, _ in stages] == [Stage.BEGIN, Stage.REVIEW, Stage.FINAL]
    assert (stages[0][1], stages[-1][2]) == (on(0), on(29))
    assert all(one[2] + timedelta(days=1) == two[1] for one, two in pairwise(stages))
    assert found.phases[0].pace == max(day.new for day in found.days)
    assert found.phases[-1].first == found.final_from


@pytest.mark.parametrize("ahead", [7, 14, 30])
def test_a_plan_that_fits_is_worth_something(ahead: int) -> None:
    found = planned(60, ahead, 100)

    assert found.with_plan > found.without


def test_what_does_not_fit_is_counted_and_a_cap_is_named_with_which_it_does() -> None:
    narrow = planned(60, 14, 10)

    wide = cap_that_fits(pile_of(60), rules_for(14, 10), NOON, TOKYO, WIDE)

    assert 0 < narrow.twice < 60
    assert wide is not None
    assert planned(60, 14, wide).missing == 0


def test_no_cap_makes_cards_fit_that_have_no_days() -> None:
    assert planned(10, 2, WIDE).twice == 0
    assert cap_that_fits(pile_of(10), rules_for(2, 20), NOON, TOKYO, WIDE) is None


def test_a_missed_day_moves_the_pace() -> None:
    rules = rules_for(20, 60)
    punctual, late = pile_of(40), pile_of(40)

    late.turn(on(7))

    paces = [queue(pile, rules, TOKYO.same_time(NOON, pile.day), TOKYO).new for pile in (punctual, late)]
    assert paces[0] < paces[1]
    assert forecast(late, rules, TOKYO.same_time(NOON, on(7)), TOKYO, 13).pile.unseen == {}


def test_on_the_date_the_plan_is_over_and_ordinary_scheduling_goes_on() -> None:
    rules = rules_for(10, 60)
    pile = forecast(pile_of(30), rules, NOON, TOKYO, 10).pile
    pile.turn(on(10))
    at = TOKYO.same_time(NOON, on(10))

    ordinary = Rules(new_a_day=6, cap=60, retention=90)

    assert queue(pile, rules, at, TOKYO) == queue(pile, ordinary, at, TOKYO)
    assert plan(pile, rules, at, TOKYO) is None
