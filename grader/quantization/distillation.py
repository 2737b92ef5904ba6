"""The arithmetic of knowledge distillation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def softmax(logits: npt.NDArray[Any], temperature: float = 1.0) -> Float64:
    """Class probabilities p_i = exp(z_i / T) / Σ_j exp(z_j / T).

    logits: [..., classes]. Raises ValueError if the temperature is not above 0. Source: Hinton et al. 2015,
    arXiv:1503.02531, equation 1.
    """
    if not temperature > 0:
        raise ValueError("the temperature must be above 0")
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def kl_divergence(p: Float64, q: Float64) -> Float64:
    """KL(p ‖ q) = Σ p_i · ln(p_i / q_i), in nats. p, q: [..., classes], every entry above 0."""
    return np.asarray((p * np.log(p / q)).sum(axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationLoss:
    """The parts of a distillation loss of one example, in nats."""

    kl: float
    soft: float
    hard: float
    total: float


def distillation_loss(
    teacher: npt.NDArray[Any], student: npt.NDArray[Any], label: int, *, temperature: float, alpha: float
) -> DistillationLoss:
    """Loss of one example: α · T² · KL(teacher_T ‖ student_T) + (1 − α) · cross-entropy(label, student at T = 1).

    teacher, student: logits [classes]; alpha in [0, 1] is the weight of the soft part. T² keeps the gradients of the
    soft part as large as at T = 1. Raises ValueError if alpha or the temperature is out of range.
    Source: Hinton et al. 2015, arXiv:1503.02531, section 2.
    """
    if not 0 <= alpha <= 1:
        raise ValueError("alpha must lie between 0 and 1")
    kl = float(kl_divergence(softmax(teacher, temperature), softmax(student, temperature)))
    soft = temperature**2 * kl
    hard = -float(np.log(softmax(student)[label]))
    return DistillationLoss(kl=kl, soft=soft, hard=hard, total=alpha * soft + (1 - alpha) * hard)
