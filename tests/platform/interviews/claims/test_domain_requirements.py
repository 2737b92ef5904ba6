"""What the interview questions on domain requirements say, computed."""

import math


def chance_of_at_most(misses: int, trials: int, rate: float) -> float:
    return sum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(misses + 1))


def trials_needed(misses: int, rate: float) -> int:
    trials = misses + 1
    step = 1 << 12
    while step:
        while chance_of_at_most(misses, trials + step, rate) > 0.05:
            trials += step
        step >>= 1
    return trials + 1


def test_no_miss_among_300_still_allows_one_percent() -> None:
    upper = 1 - 0.05 ** (1 / 300)

    assert round(upper * 100, 2) == 0.99
    assert abs(upper - 3 / 300) < 1e-4


def test_events_needed_to_show_fewer_than_one_miss_in_a_thousand() -> None:
    assert trials_needed(0, 0.001) == 2_995
    assert trials_needed(1, 0.001) == 4_742


def test_chance_of_passing_when_the_true_rate_is_half_the_limit() -> None:
    assert round(chance_of_at_most(0, 2_995, 0.0005), 2) == 0.22
    assert round(chance_of_at_most(1, 4_742, 0.0005), 2) == 0.31


def test_six_points_at_night_are_three_tenths_overall() -> None:
    before, after = 364 / 400, 340 / 400

    assert round((before - after) * 100, 1) == 6.0
    assert round((364 - 340) / 8_000 * 100, 1) == 0.3


def test_thirty_lost_and_six_gained_are_no_accident() -> None:
    one_sided = chance_of_at_most(6, 36, 0.5)

    assert 30 - 6 == 364 - 340
    assert 2 * one_sided < 0.0001


def test_braking_distance_of_one_late_frame() -> None:
    assert round(60 / 3.6 * 0.1, 1) == 1.7
