"""The arithmetic that the interview questions on model evaluation state."""

import math

import numpy as np


def paired_difference(float_only: int, int8_only: int, items: int) -> tuple[float, float]:
    """The loss and half the width of its 95 % interval, in points."""
    difference = (float_only - int8_only) / items
    error = math.sqrt(float_only + int8_only - (float_only - int8_only) ** 2 / items) / items
    return 100 * difference, 196 * error


def items_needed(disagreement: float, margin: float, loss: float, z: float = 1.6449 + 1.2816) -> int:
    """Items for a one-sided test at 5 % with 90 % power that the loss is below the margin."""
    return math.ceil(z**2 * (disagreement - loss**2) / (margin - loss) ** 2)


def test_62_against_38_of_5000_is_a_loss_of_0_48_points_plus_or_minus_0_39() -> None:
    loss, half_width = paired_difference(62, 38, 5000)

    assert round(loss, 2) == 0.48
    assert round(half_width, 2) == 0.39
    assert (round(loss - half_width, 2), round(loss + half_width, 2)) == (0.09, 0.87)


def test_the_exact_mcnemar_test_of_62_against_38_gives_0_021() -> None:
    tail = sum(math.comb(100, k) for k in range(39)) / 2**100

    assert round(2 * tail, 3) == 0.021


def test_as_two_separate_accuracies_the_interval_is_1_05_points_wide_on_each_side() -> None:
    accuracies = (4622 / 5000, 4598 / 5000)

    half_width = 196 * math.sqrt(sum(p * (1 - p) for p in accuracies) / 5000)

    assert accuracies == (0.9244, 0.9196)
    assert round(half_width, 2) == 1.05


def test_an_unchanged_accuracy_with_an_interval_of_0_17_means_nine_gained_and_nine_lost() -> None:
    loss, half_width = paired_difference(9, 9, 5000)

    assert loss == 0
    assert round(half_width, 2) == 0.17


def test_a_margin_of_half_a_point_needs_10278_items_and_28545_if_0_2_are_really_lost() -> None:
    assert items_needed(0.03, 0.005, 0.0) == 10_278
    assert items_needed(0.03, 0.005, 0.002) == 28_545


def test_with_that_many_items_a_simulated_model_without_loss_passes_nine_times_in_ten() -> None:
    rng = np.random.default_rng(0)
    items = 10_278
    counts = rng.multinomial(items, [0.015, 0.015, 0.97], size=20_000)
    lost, gained = counts[:, 0], counts[:, 1]

    difference = (lost - gained) / items
    error = np.sqrt(lost + gained - (lost - gained) ** 2 / items) / items
    passed = np.mean(difference + 1.6449 * error < 0.005)

    assert 0.88 < passed < 0.92


def test_a_night_share_of_12_percent_hides_2_5_points_in_0_3() -> None:
    night = round(0.12 * 8000)

    lost = 0.025 * night

    assert (night, lost) == (960, 24)
    assert round(100 * lost / 8000, 1) == 0.3


def test_300_cases_without_a_miss_leave_a_miss_rate_of_up_to_1_percent() -> None:
    upper = 1 - 0.05 ** (1 / 300)

    assert round(100 * upper, 1) == 1.0


def test_20_slices_at_5_percent_raise_a_false_alarm_in_64_percent_of_releases() -> None:
    assert round(100 * (1 - 0.95**20)) == 64


def test_620_against_596_lose_as_much_but_nothing_is_shown() -> None:
    loss, half_width = paired_difference(620, 596, 5000)

    assert round(loss, 2) == 0.48
    assert (round(loss - half_width, 2), round(loss + half_width, 2)) == (-0.89, 1.85)


def test_5000_items_give_a_power_of_65_percent_and_half_the_disagreement_needs_half_the_items() -> None:
    error = math.sqrt(0.03 / 5000)

    power = 0.5 * (1 + math.erf((0.005 / error - 1.6449) / math.sqrt(2)))

    assert round(100 * error, 3) == 0.245
    assert round(100 * power) == 65
    assert items_needed(0.015, 0.005, 0.0) == 5_139
    assert items_needed(0.03, 0.01, 0.0) == 2_570
