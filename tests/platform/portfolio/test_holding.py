"""A claim holds as long as nothing that it says is better than what was found again, and not a moment longer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report import Finding, Measured, Report, Result
from grader.scoring import result
from portfolio.ageing.holding import Shortfall, gain, is_comparable, shortfalls
from portfolio.claims.facts import size_factor

Change = Callable[[Measured], Measured]
INTERVALS = st.lists(st.floats(0.01, 3), min_size=3, max_size=3).map(sorted)
ELSEWHERE: dict[str, str | int | float] = {"cpu_model": "Another CPU"}


@pytest.fixture(scope="module")
def claimed() -> Report:
    """A real report that has passed with gold, judged by the time on the grader's processor."""
    from submissions.example import example

    report = example().report
    assert report.measured
    assert report.score
    measured = replace(report.measured, devices=())
    counted = {"device": "", "measured": measured.latency.interval[1], "par": 0.78, "met": True}
    parts = tuple(replace(part, **counted) if part.name == "latency" else part for part in report.score.parts)
    return replace(report, measured=measured, score=replace(report.score, parts=parts))


def found(claimed: Report, change: Change = lambda measured: measured, **fields: object) -> Report:
    """The report on the same entry if this were measured now, judged by the targets of the first one."""
    assert claimed.measured
    assert claimed.score
    measured = change(claimed.measured)
    values = {
        "accuracy": measured.accuracy.value,
        "size": measured.inspection.size_bytes,
        "memory": measured.inspection.memory_bytes,
        "latency": measured.latency.interval[1],
    }
    parts = tuple(
        replace(
            part,
            measured=values[part.name],
            met=values[part.name] >= part.par if part.name == "accuracy" else values[part.name] <= part.par,
        )
        for part in claimed.score.parts
    )
    score = replace(claimed.score, parts=parts)
    verdict = result(measured, score)
    report = replace(claimed, measured=measured, score=score, result=verdict)
    return replace(report, **fields)  # type: ignore[arg-type]


def with_size(size_bytes: int) -> Change:
    """So many bytes."""
    return lambda measured: replace(measured, inspection=replace(measured.inspection, size_bytes=size_bytes))


def with_memory(memory_bytes: int) -> Change:
    """So much memory."""
    return lambda measured: replace(measured, inspection=replace(measured.inspection, memory_bytes=memory_bytes))


def with_latency(ratio: float, low: float, high: float) -> Change:
    """So slow."""
    return lambda measured: replace(measured, latency=replace(measured.latency, ratio=ratio, interval=(low, high)))


def with_drop(drop: float) -> Change:
    """So much less accurate than the baseline."""

    def change(measured: Measured) -> Measured:
        before = measured.accuracy
        interval = (drop - 0.003, drop + 0.003)
        accuracy = replace(before, value=before.baseline - drop, drop=drop, drop_interval=interval)
        return replace(measured, accuracy=accuracy)

    return change


def test_the_same_figures_hold(claimed: Report) -> None:
    assert claimed.gold
    assert shortfalls(claimed, found(claimed)) == ()


def test_points_under_another_formula_are_not_compared(claimed: Report) -> None:
    assert claimed.score

    again = replace(claimed, score=replace(claimed.score, formula="karui-2", points=1.0))

    assert shortfalls(claimed, again) == ()


def test_less_than_the_gate_is_said_once(claimed: Report) -> None:
    again = found(claimed, with_drop(0.05))

    assert again.result is Result.BELOW_GATE
    assert shortfalls(claimed, again) == (Shortfall.GATE,)


def test_an_accuracy_below_the_interval_that_is_told_falls_short_though_it_passes(claimed: Report) -> None:
    assert claimed.measured
    limit = claimed.measured.accuracy.max_drop
    told = replace(claimed, measured=with_drop(-0.001)(claimed.measured))

    assert shortfalls(told, found(told, with_drop(0.9 * limit))) == (Shortfall.ACCURACY,)
    assert shortfalls(told, found(told, with_drop(0.001))) == ()


def test_a_larger_model_falls_short_of_its_size(claimed: Report) -> None:
    assert claimed.measured
    size = claimed.measured.inspection.size_bytes

    assert shortfalls(claimed, found(claimed, with_size(size + size // 5))) == (Shortfall.SIZE,)
    assert shortfalls(claimed, found(claimed, with_size(size - size // 5))) == ()


def test_a_target_that_is_missed_is_named(claimed: Report) -> None:
    assert claimed.measured
    memory = claimed.measured.inspection.memory_bytes

    assert shortfalls(claimed, found(claimed, with_memory(10 * memory))) == (Shortfall.MEMORY,)


def test_a_slower_entry_falls_short_only_if_the_intervals_do_not_meet(claimed: Report) -> None:
    assert claimed.measured
    told = replace(claimed, measured=with_latency(0.30, 0.29, 0.31)(claimed.measured))

    assert shortfalls(told, found(told, with_latency(0.32, 0.305, 0.335))) == ()
    assert shortfalls(told, found(told, with_latency(0.34, 0.33, 0.35))) == (Shortfall.SPEED,)


def test_gold_that_is_lost_is_named_and_gold_that_is_won_is_not(claimed: Report) -> None:
    without = replace(claimed, gold=False)

    assert shortfalls(claimed, found(claimed, gold=False)) == (Shortfall.GOLD,)
    assert shortfalls(without, found(without, gold=True)) == ()


def test_an_entry_that_is_refused_does_not_hold(claimed: Report) -> None:
    refused = replace(claimed, result=Result.REJECTED, measured=None, score=None, reasons=(Finding("unreadable"),))

    assert is_comparable(claimed, refused)
    assert shortfalls(claimed, refused) == (Shortfall.REFUSED,)


def test_another_processor_refutes_neither_speed_nor_memory_nor_gold(claimed: Report) -> None:
    assert claimed.measured
    memory = 10 * claimed.measured.inspection.memory_bytes
    slow = found(claimed, lambda measured: with_memory(memory)(with_latency(3, 2.9, 3.1)(measured)), gold=False)

    assert set(shortfalls(claimed, slow)) == {Shortfall.SPEED, Shortfall.MEMORY, Shortfall.GOLD}
    assert shortfalls(claimed, replace(slow, environment=ELSEWHERE)) == ()


def test_another_processor_refutes_accuracy_and_size(claimed: Report) -> None:
    large = found(claimed, lambda measured: with_size(10_000_000)(with_drop(0.05)(measured)), environment=ELSEWHERE)

    assert shortfalls(claimed, large) == (Shortfall.GATE, Shortfall.SIZE)


def test_nothing_follows_from_a_refusal_elsewhere_or_from_another_version_of_the_challenge(claimed: Report) -> None:
    refused = replace(claimed, result=Result.REJECTED, measured=None, score=None, environment=ELSEWHERE)

    assert not is_comparable(claimed, refused)
    assert not is_comparable(claimed, replace(claimed, challenge_version=claimed.challenge_version + 1))


def test_nothing_holds_that_was_never_claimed(claimed: Report) -> None:
    with pytest.raises(ValueError, match="claimed"):
        shortfalls(replace(claimed, measured=None), claimed)


@given(told=INTERVALS, again=INTERVALS)
def test_speed_falls_short_only_if_all_that_was_found_is_slower_than_all_that_is_told(
    claimed: Report, told: list[float], again: list[float]
) -> None:
    (told_low, ratio, told_high), (low, ratio_again, high) = told, again
    assert claimed.measured
    claim = replace(claimed, measured=with_latency(ratio, told_low, told_high)(claimed.measured))
    second = replace(claim, measured=with_latency(ratio_again, low, high)(claimed.measured))

    short = Shortfall.SPEED in shortfalls(claim, second)

    says_as_fast = told_low <= 1 <= told_high  # without an interval: then what is told is a factor of one
    assert not short or low > (1 if says_as_fast else told_high)
    assert short or low <= (1 if says_as_fast else 2 * told_high)  # rounding takes less than half


@given(told=st.integers(1_000, 5_000_000), size=st.integers(1_000, 5_000_000))
def test_size_never_holds_where_less_is_found_than_is_told(claimed: Report, told: int, size: int) -> None:
    assert claimed.measured
    claim = replace(claimed, measured=with_size(told)(claimed.measured))
    again = replace(claim, measured=with_size(size)(claimed.measured))
    assert again.measured
    assert claim.measured

    holds = Shortfall.SIZE not in shortfalls(claim, again)

    assert holds == (gain(size_factor(again.measured)) >= gain(size_factor(claim.measured)))
    assert holds or size > told


@given(interval=INTERVALS, size=st.integers(1_000, 5_000_000))
def test_every_claim_holds_by_its_own_figures(claimed: Report, interval: list[float], size: int) -> None:
    low, ratio, high = interval
    assert claimed.measured
    claim = replace(claimed, measured=with_size(size)(with_latency(ratio, low, high)(claimed.measured)))

    assert shortfalls(claim, claim) == ()
