"""A hint keeps its promise: with the value that it names, the requirement is met and no other is broken."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interviews.desk.budget import Inputs, Limit, Requirements
from interviews.desk.devices import devices
from interviews.desk.mending import WHOLE, Hint, hint_for
from interviews.desk.readings import rows
from interviews.desk.scenarios import Scenario, scenarios

each_scenario = pytest.mark.parametrize("scenario", scenarios().values(), ids=lambda scenario: scenario.id)


def applied(inputs: Inputs, hint: Hint) -> Inputs:
    """What a reader does who follows it."""
    if hint.lever == "device":
        device = devices()[str(hint.value)]
        return replace(inputs, device=device.id, utilisation=device.utilisation.value)
    return replace(inputs, **{hint.lever: hint.value})


def is_kept(inputs: Inputs, required: Requirements, missed: Limit, hint: Hint) -> bool:
    """True if the figure is met now, is what the hint said, and nothing else broke."""
    budget = applied(inputs, hint).budget()
    before = {limit.measure for limit in inputs.budget().violations(required)}
    after = {limit.measure for limit in budget.violations(required)}
    return missed.measure not in after and after < before and budget.value(missed.measure) == hint.result


@each_scenario
def test_hints_for_the_start_mend_what_they_promise(scenario: Scenario) -> None:
    violations = scenario.start.budget().violations(scenario.requirements)

    hints = [(missed, hint_for(scenario.start, scenario.requirements, missed)) for missed in violations]

    assert any(hint for _, hint in hints)
    for missed, hint in hints:
        assert hint is None or is_kept(scenario.start, scenario.requirements, missed, hint)


@settings(max_examples=60, deadline=None)
@given(
    scenario=st.sampled_from(list(scenarios().values())),
    factors=st.fixed_dictionaries(
        {
            name: st.floats(0.2, 8)
            for name in ("macs", "parameters", "peak_elements", "traffic_elements", "pre_s", "rest_w", "overhead_bytes")
        }
    ),
)
def test_hints_for_any_design_near_the_sample_mend_what_they_promise(
    scenario: Scenario, factors: dict[str, float]
) -> None:
    scaled: dict[str, Any] = {name: getattr(scenario.solution, name) * factor for name, factor in factors.items()}
    counted = {name: round(value) for name, value in scaled.items() if name in WHOLE}
    inputs = replace(scenario.solution, **(scaled | counted))

    for missed in inputs.budget().violations(scenario.requirements):
        hint = hint_for(inputs, scenario.requirements, missed)
        assert hint is None or is_kept(inputs, scenario.requirements, missed, hint)


def test_a_hint_is_the_smallest_change_that_does() -> None:
    scenario = scenarios()["driver-monitoring"]
    slow = next(limit for limit in scenario.start.budget().violations(scenario.requirements))

    hint = hint_for(scenario.start, scenario.requirements, slow)

    assert hint is not None
    assert hint.lever == "macs"
    a_bit_more = replace(scenario.start, macs=round(float(hint.value) * 1.01))
    assert slow.measure in {limit.measure for limit in a_bit_more.budget().violations(scenario.requirements)}


def test_too_low_a_plan_is_told_what_is_required() -> None:
    scenario = scenarios()["wake-word"]
    lazy = replace(scenario.solution, per_second=1.0)
    (missed,) = lazy.budget().violations(scenario.requirements)

    hint = hint_for(lazy, scenario.requirements, missed)

    assert hint == Hint("per_second", 4.0, 4.0)


def test_a_device_is_only_named_if_it_leaves_nothing_missed() -> None:
    scenario = scenarios()["security-camera"]
    on_cpu = replace(scenario.solution, device="raspberry-pi-5", utilisation=0.02, tail=1.0)

    for missed in on_cpu.budget().violations(scenario.requirements):
        hint = hint_for(on_cpu, scenario.requirements, missed)
        if hint and hint.lever == "device":
            assert applied(on_cpu, hint).budget().violations(scenario.requirements) == []


@each_scenario
def test_every_missed_figure_comes_with_a_sentence_and_every_figure_with_its_formula(scenario: Scenario) -> None:
    shown = rows(scenario.start, scenario.requirements)

    assert all(row.formula and row.worked for row in shown)
    assert all(bool(row.hint) == bool(row.missed) == (row.is_met is False) for row in shown)
