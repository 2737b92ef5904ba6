"""What the interview questions on latency measurement say, computed."""

import math
from statistics import NormalDist

import numpy as np
import pytest

normal = NormalDist()


def test_late_frames_in_an_hour_at_30_fps() -> None:
    frames = 30 * 3600

    assert frames * 5 // 100 == 5_400
    assert frames // 1000 == 108


def test_the_95th_percentile_of_three_stages_lies_between_independent_and_moving_together() -> None:
    z = normal.inv_cdf(0.95)

    one = 8 + z * 1.5
    independent = 24 + z * 1.5 * math.sqrt(3)
    together = 24 + z * 4.5

    assert round(one, 2) == 10.47
    assert round(independent, 1) == 28.3
    assert round(together, 1) == 31.4
    assert 3 * one == pytest.approx(together)


def test_one_drifting_clock_reverses_a_comparison_in_sequence_and_cancels_in_turns() -> None:
    seconds = np.arange(200)
    slowdown = 1 + 0.15 * seconds / 199

    old_first = slowdown[100:].mean() / slowdown[:100].mean()
    in_turns = (slowdown[1::4].sum() + slowdown[2::4].sum()) / (slowdown[0::4].sum() + slowdown[3::4].sum())

    assert round(float(old_first), 2) == 1.07
    assert abs(float(in_turns) - 1) < 1e-9


def test_dividing_the_two_orders_leaves_the_ratio_of_the_models() -> None:
    ratio = math.sqrt(1.08 * 0.94)
    order = math.sqrt(1.08 / 0.94)

    assert round(ratio, 3) == 1.008
    assert round(order, 3) == 1.072


def processes_needed(false_alarm: float, power: float, spread: float, effect: float) -> int:
    return math.ceil(((normal.inv_cdf(1 - false_alarm) + normal.inv_cdf(power)) * spread / effect) ** 2)


def test_processes_needed_to_see_three_percent() -> None:
    assert processes_needed(0.01, 0.9, 0.02, 0.03) == 6
    assert processes_needed(0.001, 0.9, 0.02, 0.03) == 9
    assert processes_needed(0.001, 0.9, 0.02, 0.01) == 77


def test_runs_needed_to_meet_the_slowest_thousandth_once() -> None:
    runs = math.ceil(math.log(0.05) / math.log(0.999))

    assert runs == 2_995


def test_one_stall_moves_the_mean_and_leaves_the_median() -> None:
    times = [10.0] * 98 + [60.0, 110.0]

    assert float(np.mean(times)) == pytest.approx(11.5)
    assert float(np.median(times)) == 10.0
    assert float(np.percentile(times, 95)) == 10.0
    assert float(np.percentile(times, 99, method="higher")) == 110.0


def test_rare_stalls_escape_the_p95_of_every_stage_and_reach_the_whole() -> None:
    fine, stall, share = 8.0, 80.0, 0.04
    stage = np.repeat([fine, stall], [96, 4])

    whole = (stage[:, None, None] + stage[None, :, None] + stage[None, None, :]).ravel()

    assert round((1 - (1 - share) ** 3) * 100, 1) == 11.5
    assert float(np.percentile(stage, 95)) == fine
    assert float(np.percentile(whole, 95)) > 3 * fine
