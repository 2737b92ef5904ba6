"""A claim never says more than was measured."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report import Measured, Report
from portfolio.claims.facts import ModelFacts
from portfolio.claims.rounding import down, up
from portfolio.claims.text import Register, sentence

LANGUAGES = ("ja", "en")
EVERYWHERE = list(product(LANGUAGES, Register))
AT = datetime(2026, 11, 26, tzinfo=UTC)
NUMBER = r"([−+±]?\d+(?:\.\d+)?)"
MakeReport = Callable[..., Report]


def numbers(pattern: str, text: str) -> list[Decimal]:
    """The figures that stand where the pattern has its groups."""
    found = re.search(pattern, text)
    assert found, f"{pattern} in {text}"
    return [Decimal(number.replace("−", "-").replace("±", "")) for number in found.groups()]


def of(measured: Measured, report: Report) -> ModelFacts:
    """What a report with these measurements lets somebody say."""
    return ModelFacts.of(replace(report, measured=measured), AT)


def said(facts: ModelFacts, register: Register = Register.RESUME, language: str = "en") -> str:
    """A sentence."""
    return sentence(facts, "A challenge", register, language)


def with_size(measured: Measured, size_bytes: int) -> Measured:
    """As if the entry had so many bytes."""
    return replace(measured, inspection=replace(measured.inspection, size_bytes=size_bytes))


def with_latency(measured: Measured, ratio: float, low: float, high: float) -> Measured:
    """As if it had this latency."""
    return replace(measured, latency=replace(measured.latency, ratio=ratio, interval=(low, high)))


def with_drop(measured: Measured, drop: float, low: float, high: float) -> Measured:
    """As if it had lost so much accuracy."""
    return replace(measured, accuracy=replace(measured.accuracy, drop=drop, drop_interval=(low, high)))


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_rounding_stays_on_its_side(value: float, decimals: int) -> None:
    true, step = Fraction(value), Fraction(1, 10**decimals)

    assert true - step < Fraction(down(value, decimals)) <= true <= Fraction(up(value, decimals)) < true + step


@pytest.fixture(scope="module")
def example() -> Report:
    """A real report."""
    from submissions.example import example

    return example().report


@given(size_bytes=st.integers(1_000, 1_233_895))
def test_a_smaller_model_is_never_called_smaller_than_it_is(example: Report, size_bytes: int) -> None:
    assert example.measured
    text = said(of(with_size(example.measured, size_bytes), example))

    [times] = numbers(rf"size 1/{NUMBER} of", text)
    assert 1 <= times <= Decimal(example.measured.baseline_size_bytes) / size_bytes


@given(size_bytes=st.integers(1_233_896, 10_000_000))
def test_a_larger_model_is_called_larger(example: Report, size_bytes: int) -> None:
    assert example.measured
    text = said(of(with_size(example.measured, size_bytes), example))

    [times] = numbers(rf"size ×{NUMBER} of", text)
    assert times >= Decimal(size_bytes) / example.measured.baseline_size_bytes > 1


@given(st.lists(st.floats(0.01, 3), min_size=3, max_size=3).map(sorted))
def test_speed_is_never_more_than_was_measured(example: Report, ratios: list[float]) -> None:
    assert example.measured
    low, ratio, high = ratios

    text = said(of(with_latency(example.measured, ratio, low, high), example))

    if high < 1:
        times, least, most = numbers(rf"{NUMBER}× faster inference \(95 % interval {NUMBER} to {NUMBER}\)", text)
        for told, true in ((times, ratio), (least, high), (most, low)):
            assert told <= 1 / Decimal(true) * (1 + Decimal("1e-12"))
    elif low > 1:
        times, least, most = numbers(rf"takes ×{NUMBER} the time \(95 % interval {NUMBER} to {NUMBER}\)", text)
        assert times >= Decimal(ratio)
        assert (least, most) >= (Decimal(low), Decimal(high))
    else:
        assert "as fast as the baseline within the noise" in text


@given(st.lists(st.floats(-0.05, 0.3), min_size=3, max_size=3).map(sorted))
def test_accuracy_is_never_better_than_was_measured(example: Report, drops: list[float]) -> None:
    assert example.measured
    least, drop, most = drops

    text = said(of(with_drop(example.measured, drop, least, most), example))

    told = numbers(rf"accuracy {NUMBER} points \(95 % interval {NUMBER} to {NUMBER}, 5,000 items\)", text)
    for points, true in zip(told, (drop, most, least), strict=True):
        assert points <= Decimal(-100 * true)


@pytest.mark.parametrize(("language", "register"), EVERYWHERE)
def test_every_register_names_figures_interval_and_environment(
    example: Report, language: str, register: Register
) -> None:
    facts = ModelFacts.of(example, AT)

    text = said(facts, register, language)

    assert example.environment["cpu_model"] in text
    assert example.entry.runtime in text
    for figure in (facts.size.times, facts.speed.times, facts.speed.low, facts.speed.high):  # type: ignore[union-attr]
        assert str(figure) in text
    assert "95" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_goes_into_a_readme_can_be_traced(example: Report, language: str) -> None:
    text = said(ModelFacts.of(example, AT), Register.README, language)

    assert example.entry.sha256 in text
    assert "karui-1" in text
    assert "2026-11-26" in text


@pytest.mark.parametrize(("language", "register"), EVERYWHERE)
def test_a_noisy_timing_is_never_told_without_saying_so(example: Report, language: str, register: Register) -> None:
    assert example.measured
    noisy = replace(example.measured, latency=replace(example.measured.latency, noisy=True))

    text = said(of(noisy, example), register, language)

    assert {"ja": "ばらつきが大きい", "en": "noisy"}[language] in text


@pytest.mark.parametrize(("metric", "words"), [("accuracy", "accuracy −"), ("map50", "mAP@0.5 −")])
def test_the_metric_is_called_by_its_name(example: Report, metric: str, words: str) -> None:
    assert example.measured
    lossy = with_drop(example.measured, 0.009, 0.005, 0.013)
    measured = replace(lossy, accuracy=replace(lossy.accuracy, metric=metric))

    assert words in said(of(measured, example))


def test_nothing_is_claimed_of_what_was_not_graded(example: Report) -> None:
    with pytest.raises(ValueError, match="graded"):
        ModelFacts.of(replace(example, measured=None), AT)


@pytest.mark.parametrize(
    ("size_bytes", "words"), [(21_500, "1/57 of the baseline"), (400_000, "1/3.0 of"), (1_000_000, "1/1.23 of")]
)
def test_the_size_is_told_as_one_would(example: Report, size_bytes: int, words: str) -> None:
    assert example.measured
    assert words in said(of(with_size(example.measured, size_bytes), example))
