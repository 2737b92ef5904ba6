"""The formula "karui-1", held against the worked figures of the design (grading.md)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.challenge import Gold, Target, Targets
from grader.report import Measured, Result, ScorePart
from grader.scoring import counted_latency, is_gold, noise, result, score
from tests.grader.reports import measured, on_device

TARGETS = Targets(
    max_drop=0.02,
    size=Target(par=98_496, weight=0.35),
    latency=Target(par=0.37, weight=0.45),
    memory=Target(par=60 * 1024, weight=0.20),
)
AT_PAR = measured(
    accuracy=0.865,
    baseline_accuracy=0.870,
    max_drop=0.02,
    size_bytes=98_496,
    baseline_size_bytes=318_144,
    memory_bytes=60 * 1024,
    baseline_memory_bytes=180 * 1024,
    latency=0.37,
)


def with_accuracy(value: float) -> Measured:
    return replace(AT_PAR, accuracy=replace(AT_PAR.accuracy, value=value))


def test_the_worked_example_at_par_gets_92_point_5() -> None:
    assert score(AT_PAR, TARGETS).points == pytest.approx(92.5)


def test_the_worked_example_below_the_gate_gets_32_point_2() -> None:
    """By its own formula; the design's text says 32.6. M = 0.5 * (1 - 10 * 0.008) = 0.46, q = 0: 100 * 0.46 * 0.70."""
    below = with_accuracy(0.842)

    assert score(below, TARGETS).points == pytest.approx(32.2)
    assert result(below, score(below, TARGETS)) is Result.BELOW_GATE


def test_all_pars_at_full_accuracy_are_100_points() -> None:
    assert score(with_accuracy(0.870), TARGETS).points == pytest.approx(100)


def test_the_untouched_baseline_is_30_points() -> None:
    untouched = measured(
        accuracy=0.87,
        baseline_accuracy=0.87,
        max_drop=0.02,
        size_bytes=318_144,
        baseline_size_bytes=318_144,
        memory_bytes=180 * 1024,
        baseline_memory_bytes=180 * 1024,
        latency=1.0,
    )

    assert score(untouched, TARGETS).points == pytest.approx(30)
    assert result(untouched, score(untouched, TARGETS)) is Result.PARTIAL


def test_nothing_scores_above_114() -> None:
    tiny = measured(
        accuracy=0.99,
        baseline_accuracy=0.87,
        max_drop=0.02,
        size_bytes=10,
        baseline_size_bytes=318_144,
        memory_bytes=10,
        baseline_memory_bytes=180 * 1024,
        latency=0.001,
    )

    assert score(tiny, TARGETS).points == pytest.approx(114)


def test_latency_counts_at_the_upper_end_of_its_interval() -> None:
    wide = replace(AT_PAR, latency=replace(AT_PAR.latency, interval=(0.30, 0.44)))

    parts = {part.name: part for part in score(wide, TARGETS).parts}

    assert parts["latency"].measured == 0.44
    assert not parts["latency"].met


@given(st.floats(0.5, 1.0), st.floats(0.5, 1.0))
def test_a_more_accurate_model_never_scores_less(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert score(with_accuracy(low), TARGETS).points <= score(with_accuracy(high), TARGETS).points + 1e-9


def test_the_parts_add_up_to_the_points() -> None:
    scored = score(AT_PAR, TARGETS)

    assert sum(part.points for part in scored.parts) == pytest.approx(scored.points)


GOLD = Gold(max_drop=0.01, size=60_000, memory=30_000, latency=0.4)


def golden(**better: float) -> bool:
    figures = {"accuracy": 0.915, "size_bytes": 50_000, "memory_bytes": 20_000, "latency": 0.3} | better
    entry = measured(
        accuracy=figures["accuracy"],
        baseline_accuracy=0.92,
        max_drop=0.02,
        size_bytes=int(figures["size_bytes"]),
        baseline_size_bytes=400_000,
        memory_bytes=int(figures["memory_bytes"]),
        baseline_memory_bytes=80_000,
        latency=figures["latency"],
    )
    return is_gold(entry, Result.PASSED, Targets(max_drop=0.02, gold=GOLD))


def test_gold_wants_every_one_of_its_figures() -> None:
    assert golden()
    assert not golden(accuracy=0.905)
    assert not golden(size_bytes=60_001)
    assert not golden(memory_bytes=30_001)
    assert not golden(latency=0.41)


def test_noise_is_half_of_what_the_latency_interval_is_worth() -> None:
    between = replace(AT_PAR, latency=replace(AT_PAR.latency, interval=(0.37**1.1, 0.37)))

    assert noise(between, TARGETS) == pytest.approx(100 * 0.70 * 0.45 * 0.1 / 2)
    assert noise(AT_PAR, TARGETS) == 0


ON_PI5 = replace(TARGETS, latency=Target(par=0.37, weight=0.45, device="pi5", native=0.8), gold=None)
WIDE = replace(AT_PAR, latency=replace(AT_PAR.latency, ratio=0.5, interval=(0.4, 0.6)))
ESTIMATED = replace(WIDE, devices=(on_device(0.9, "pi4"), on_device(0.37, "pi5")))


def latency_part(entry: Measured, targets: Targets) -> ScorePart:
    return next(part for part in score(entry, targets).parts if part.name == "latency")


def test_a_target_that_names_a_device_counts_its_estimate() -> None:
    part = latency_part(ESTIMATED, ON_PI5)

    assert (part.measured, part.par, part.progress, part.met) == (0.37, 0.37, 1.0, True)
    assert part.device == "Raspberry Pi 5"
    assert score(ESTIMATED, ON_PI5).points == pytest.approx(92.5)


def test_an_estimate_has_no_noise_however_noisy_the_clock_is() -> None:
    assert noise(ESTIMATED, ON_PI5) == 0
    assert noise(WIDE, replace(ON_PI5, latency=Target(par=0.37, weight=0.45, device="pi5", native=0.3))) > 0


def test_an_entry_that_no_device_runs_is_held_against_the_par_of_the_machine() -> None:
    part = latency_part(WIDE, ON_PI5)

    assert (part.measured, part.par, part.met, part.device) == (0.6, 0.8, True, "")


def test_without_a_device_in_the_target_the_clock_counts_although_there_are_estimates() -> None:
    assert latency_part(ESTIMATED, TARGETS).measured == 0.6
    assert counted_latency(ESTIMATED, TARGETS).device is None


def test_gold_asks_the_device_or_the_clock_for_a_figure_of_its_own() -> None:
    asked = replace(ON_PI5, gold=Gold(max_drop=0.02, latency=0.37, native_latency=0.55))

    assert is_gold(ESTIMATED, Result.PASSED, asked)
    assert not is_gold(replace(ESTIMATED, devices=(on_device(0.38),)), Result.PASSED, asked)
    assert not is_gold(WIDE, Result.PASSED, asked)
    assert is_gold(replace(WIDE, latency=replace(WIDE.latency, interval=(0.4, 0.55))), Result.PASSED, asked)
