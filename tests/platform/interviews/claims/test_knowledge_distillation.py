"""Claims made in the interview questions on knowledge distillation."""

import numpy as np
import numpy.typing as npt
import pytest

from grader.quantization.distillation import kl_divergence, softmax

LABELS = np.asarray([71.2, 71.8, 71.4, 71.1, 71.5])
DISTILLED = np.asarray([71.9, 71.3, 72.0, 71.6, 71.7])


def pointwise(p: npt.NDArray[np.float64], first: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What torch.nn.functional.kl_div sums: target · (log target − first argument)."""
    return np.asarray(p * (np.log(p) - first))


def gradient(teacher: npt.NDArray[np.float64], student: npt.NDArray[np.float64], t: float) -> npt.NDArray[np.float64]:
    """Numerical gradient of KL(teacher_T ‖ student_T) with respect to the student's logits."""
    step = 1e-5
    target = softmax(teacher, t)
    return np.asarray(
        [
            (kl_divergence(target, softmax(student + d, t)) - kl_divergence(target, softmax(student - d, t)))
            / (2 * step)
            for d in np.eye(len(student)) * step
        ]
    )


def test_given_probabilities_instead_of_their_logarithms_every_term_is_at_most_zero() -> None:
    generator = np.random.default_rng(0)
    p = softmax(generator.normal(size=(100, 10)) * 5, 4.0)
    q = softmax(generator.normal(size=(100, 10)) * 5, 4.0)

    assert pointwise(p, q).max() <= 0
    assert pointwise(p, np.log(q)).sum(axis=1).min() > 0


def test_the_default_mean_over_all_elements_is_ten_times_smaller_with_ten_classes() -> None:
    generator = np.random.default_rng(0)
    p, q = softmax(generator.normal(size=(32, 10))), softmax(generator.normal(size=(32, 10)))
    terms = pointwise(p, np.log(q))

    assert terms.sum() / 32 == pytest.approx(10 * terms.mean())


def test_the_wrong_loss_is_lowest_with_all_probability_on_the_teachers_first_choice() -> None:
    p = softmax(np.asarray([2.0, 1.0, 0.0]), 4.0)

    same = pointwise(p, p).sum()
    one_hot = pointwise(p, np.asarray([1.0, 0.0, 0.0])).sum()

    assert one_hot < same


def test_logits_8_4_0_are_nearly_certain_at_1_and_spread_out_at_4() -> None:
    logits = np.asarray([8.0, 4.0, 0.0])

    assert softmax(logits) == pytest.approx([0.982, 0.018, 0.0003], abs=5e-4)
    assert softmax(logits)[2] == pytest.approx(0.0003, abs=5e-5)
    assert softmax(logits, 4.0) == pytest.approx([0.665, 0.245, 0.090], abs=5e-4)


def test_the_gradient_is_the_difference_of_probabilities_over_the_temperature() -> None:
    teacher, student = np.asarray([8.0, 4.0, 0.0]), np.asarray([2.0, 1.0, 0.5])

    for t in (1.0, 4.0):
        assert gradient(teacher, student, t) == pytest.approx((softmax(student, t) - softmax(teacher, t)) / t, abs=1e-7)


def test_at_high_temperature_doubling_it_quarters_the_gradient() -> None:
    teacher, student = np.asarray([8.0, 4.0, 0.0]), np.asarray([2.0, 1.0, 0.5])

    ratio = np.abs(gradient(teacher, student, 200.0)).max() / np.abs(gradient(teacher, student, 100.0)).max()

    assert ratio == pytest.approx(1 / 4, abs=0.01)


def test_five_seeds_each_leave_the_gain_of_0_3_at_plus_or_minus_0_40() -> None:
    gain = DISTILLED.mean() - LABELS.mean()
    error = np.sqrt(LABELS.var(ddof=1) / 5 + DISTILLED.var(ddof=1) / 5)

    assert gain == pytest.approx(0.3)
    assert LABELS.std(ddof=1) == pytest.approx(0.274, abs=5e-4)
    assert DISTILLED.std(ddof=1) == pytest.approx(0.274, abs=5e-4)
    assert error == pytest.approx(0.173, abs=5e-4)
    assert (gain - 2.306 * error, gain + 2.306 * error) == pytest.approx((-0.10, 0.70), abs=0.005)


def test_eight_seeds_narrow_it_below_0_3_and_seven_do_not() -> None:
    deviation = LABELS.std(ddof=1)

    assert 2.145 * deviation * np.sqrt(2 / 8) == pytest.approx(0.29, abs=0.005)
    assert 2.179 * deviation * np.sqrt(2 / 7) > 0.3


def test_a_power_of_80_percent_takes_about_fourteen_seeds_each_and_fifteen_once_corrected_for_t() -> None:
    seeds = 2 * (1.96 + 0.84) ** 2 * LABELS.var(ddof=1) / 0.3**2

    assert seeds == pytest.approx(13.1, abs=0.05)
    assert 14 < seeds + 1.96**2 / 4 < 15  # the usual correction of the normal approximation


def test_teachers_of_20_300_and_1500_times_the_student_make_training_8_101_and_501_times_dearer() -> None:
    costs = [(3 + teacher) / 3 for teacher in (20, 300, 1500)]

    assert costs == pytest.approx([7.67, 101, 501], abs=0.01)
