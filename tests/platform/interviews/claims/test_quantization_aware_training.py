"""Claims made in the interview questions on quantization-aware training."""

import numpy as np
import pytest

from grader.quantization.affine import dequantize, quantize, symmetric_scale


def steps_to_the_boundary(bits: int) -> float:
    return float(symmetric_scale(0.635, bits)) / 2 / 1e-5


def test_half_a_step_takes_250_updates_of_1e_5_at_8_bits_and_4536_at_4() -> None:
    assert steps_to_the_boundary(8) == pytest.approx(250)
    assert steps_to_the_boundary(4) == pytest.approx(4536, abs=1)


def test_that_is_1_3_epochs_and_23_epochs_of_196_steps() -> None:
    assert steps_to_the_boundary(8) / 196 == pytest.approx(1.3, abs=0.05)
    assert steps_to_the_boundary(4) / 196 == pytest.approx(23, abs=0.5)


def test_three_epochs_travel_more_than_a_step_at_8_bits_and_6_5_percent_of_one_at_4() -> None:
    travel = 3 * 196 * 1e-5

    assert travel / float(symmetric_scale(0.635, 8)) == pytest.approx(1.18, abs=0.005)
    assert travel / float(symmetric_scale(0.635, 4)) == pytest.approx(0.065, abs=0.0005)


def test_of_weights_spread_evenly_within_their_levels_that_travel_changes_6_5_percent() -> None:
    scale = symmetric_scale(0.635, 4)
    weights = scale * np.linspace(-3.5, 3.5, 70_001)
    zero = np.asarray(0)

    changed = quantize(weights + 3 * 196 * 1e-5, scale, zero, 4) != quantize(weights, scale, zero, 4)

    assert changed.mean() == pytest.approx(0.065, abs=0.001)


def test_even_if_every_weight_headed_for_its_nearer_boundary_13_percent_would_change() -> None:
    scale = symmetric_scale(0.635, 4)
    weights = scale * np.linspace(-3.5, 3.5, 70_001)
    zero = np.asarray(0)
    towards = np.sign(weights / scale - np.rint(weights / scale))

    changed = quantize(weights + towards * 3 * 196 * 1e-5, scale, zero, 4) != quantize(weights, scale, zero, 4)

    assert changed.mean() == pytest.approx(0.13, abs=0.001)


def test_a_filter_20_times_smaller_than_the_largest_keeps_6_steps_on_either_side_of_zero() -> None:
    small = np.linspace(-1 / 20, 1 / 20, 1001)

    on_the_common_scale = quantize(small, symmetric_scale(1.0), np.asarray(0))
    on_its_own = quantize(small, symmetric_scale(1 / 20), np.asarray(0))

    assert (on_the_common_scale.min(), on_the_common_scale.max()) == (-6, 6)
    assert (on_its_own.min(), on_its_own.max()) == (-127, 127)


def test_fake_quantization_of_its_own_result_changes_nothing_but_another_scale_does() -> None:
    weights = np.random.default_rng(0).normal(size=1000)
    zero = np.asarray(0)
    scale = symmetric_scale(float(np.abs(weights).max()), 4)
    learned = dequantize(quantize(weights, scale, zero, 4), scale, zero)

    same = dequantize(quantize(learned, scale, zero, 4), scale, zero)
    other = dequantize(quantize(learned, scale * 1.3, zero, 4), scale * 1.3, zero)

    assert np.array_equal(same, learned)
    assert not np.allclose(other, learned)
