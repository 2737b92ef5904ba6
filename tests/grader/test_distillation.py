"""The distillation loss, held against its definition in another form and against its limits."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.quantization.distillation import distillation_loss, kl_divergence, softmax

LOGITS = st.lists(st.floats(-20, 20), min_size=3, max_size=3).map(np.array)
TEMPERATURES = st.floats(0.5, 20)


def by_logsumexp(logits: np.ndarray, temperature: float) -> np.ndarray:
    """ln p, computed another way."""
    scaled = [value / temperature for value in logits]
    largest = max(scaled)
    normalizer = largest + math.log(sum(math.exp(value - largest) for value in scaled))
    return np.array([value - normalizer for value in scaled])


@given(LOGITS, TEMPERATURES)
def test_softmax_is_the_exponential_of_normalized_logits(logits: np.ndarray, temperature: float) -> None:
    np.testing.assert_allclose(softmax(logits, temperature), np.exp(by_logsumexp(logits, temperature)), rtol=1e-9)


@given(LOGITS, LOGITS, TEMPERATURES, st.floats(0, 1), st.integers(0, 2))
def test_the_loss_is_what_the_paper_defines(
    teacher: np.ndarray, student: np.ndarray, temperature: float, alpha: float, label: int
) -> None:
    log_p, log_q = by_logsumexp(teacher, temperature), by_logsumexp(student, temperature)
    kl = float((np.exp(log_p) * (log_p - log_q)).sum())
    hard = -by_logsumexp(student, 1)[label]

    loss = distillation_loss(teacher, student, label, temperature=temperature, alpha=alpha)

    assert loss.kl == pytest.approx(kl, rel=1e-6, abs=1e-9)
    assert loss.total == pytest.approx(alpha * temperature**2 * kl + (1 - alpha) * hard, rel=1e-6, abs=1e-7)


@given(LOGITS, LOGITS)
def test_no_distribution_is_closer_than_the_same(one: np.ndarray, other: np.ndarray) -> None:
    assume(not np.allclose(softmax(one), softmax(other), atol=1e-6))

    assert kl_divergence(softmax(one), softmax(one)) == 0
    assert kl_divergence(softmax(one), softmax(other)) > 0


@given(LOGITS)
def test_a_higher_temperature_makes_classes_more_alike(logits: np.ndarray) -> None:
    assume(np.ptp(logits) > 0.01)

    assert np.ptp(softmax(logits, 4)) < np.ptp(softmax(logits, 1))


def test_squaring_the_temperature_keeps_the_gradient_in_size() -> None:
    """For high T the gradient of T²·KL tends to (z - v) / classes: Hinton et al., equation 4."""
    teacher, student, step = np.array([1.0, 0.0, -1.0]), np.array([0.2, 0.1, -0.3]), 1e-5

    def soft(first: float) -> float:
        moved = np.array([first, *student[1:]])
        return distillation_loss(teacher, moved, 0, temperature=200.0, alpha=1.0).soft

    gradient = (soft(student[0] + step) - soft(student[0] - step)) / (2 * step)

    assert gradient == pytest.approx((student[0] - teacher[0]) / 3, rel=0.02)


@pytest.mark.parametrize(("temperature", "alpha"), [(0.0, 0.5), (-1.0, 0.5), (2.0, 1.1), (2.0, -0.1)])
def test_a_temperature_or_weight_out_of_range_is_refused(temperature: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="must"):
        distillation_loss(np.zeros(3), np.zeros(3), 0, temperature=temperature, alpha=alpha)
