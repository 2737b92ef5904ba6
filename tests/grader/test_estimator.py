"""The latency estimator: one ratio and an honest interval from raw samples."""

import math

import numpy as np
import pytest

from grader.measure.estimator import STUDENT_T_975, ratio_with_interval, trimmed_mean
from grader.report import TimingProcess
from tests.grader.reports import process


def test_it_gives_the_ratio_of_the_least_times() -> None:
    slow_slice = TimingProcess(
        runs_per_slice=(1, 1),
        reference_min_ns=(100, 900),
        reference_total_ns=(100, 900),
        entry_min_ns=(700, 40),
        entry_total_ns=(700, 40),
    )

    ratio, _ = ratio_with_interval([slow_slice] * 5)

    assert ratio == pytest.approx(0.4)


def test_one_disturbed_process_of_seven_does_not_move_the_ratio() -> None:
    calm = [process(100_000, 50_000)] * 6

    ratio, (low, high) = ratio_with_interval([*calm, process(100_000, 90_000)])

    assert ratio == pytest.approx(0.5)
    assert low <= 0.5 <= high


def test_two_values_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        trimmed_mean([0.0, 0.1])


@pytest.mark.parametrize("count", [5, 8, 15])
def test_its_interval_covers_the_truth_about_95_times_of_100(count: int) -> None:
    rng = np.random.default_rng(count)
    covered = 0
    for _ in range(2000):
        middle, half = trimmed_mean(rng.normal(-0.5, 0.02, count).tolist())

        covered += abs(middle + 0.5) <= half
    assert 0.92 <= covered / 2000 <= 0.99  # with 5 values Yuen's interval is known to be a little short


def test_the_quantiles_of_students_t_are_right() -> None:
    for freedom, quantile in enumerate(STUDENT_T_975, start=1):
        beyond = 1 - _student_cdf(quantile, freedom)

        assert beyond == pytest.approx(0.025, abs=2e-4)


def _student_cdf(t: float, freedom: int) -> float:
    """Numeric integral of the density from 0, plus a half."""
    x = np.linspace(0, t, 200_001)
    constant = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    return 0.5 + float(np.trapezoid(constant * (1 + x * x / freedom) ** (-(freedom + 1) / 2), x))
