"""A distillation loss with three classes. The arithmetic is grader.quantization.distillation."""

from random import Random

import numpy as np
import numpy.typing as npt

from grader.quantization.distillation import distillation_loss, kl_divergence, softmax
from interviews.drills.problem import Number, Problem, decimals, figures, number, written

LABEL = 0
Floats = npt.NDArray[np.float64]


def loss(rng: Random) -> Problem:
    """The teacher's soft answer, the divergence and the whole loss."""
    teacher, student = logits(rng, rng.randrange(6, 13)), logits(rng, rng.randrange(2, 9))
    temperature, alpha = rng.choice([2, 3, 4]), rng.choice([0.6, 0.7, 0.8, 0.9])
    found = distillation_loss(teacher, student, LABEL, temperature=temperature, alpha=alpha)
    warm, student_warm, student_cold = softmax(teacher, temperature), softmax(student, temperature), softmax(student)
    no_square = alpha * found.kl + (1 - alpha) * found.hard
    swapped = (1 - alpha) * found.soft + alpha * found.hard
    return Problem(
        given=figures(teacher=listed(teacher, 1), student=listed(student, 1), temperature=temperature, alpha=alpha),
        asked={
            "soft": number(warm[LABEL], decimals(3), cold=softmax(teacher)[LABEL], student=student_warm[LABEL]),
            "kl": divergence_asked(teacher, student, temperature),
            "total": number(found.total, decimals(2), no_square=no_square, swapped=swapped, soft_only=found.soft),
        },
        extra=figures(
            teacher_warm=listed(warm, 4),
            student_warm=listed(student_warm, 4),
            student_cold=written(student_cold[LABEL], 4),
            hard=written(found.hard, 4),
            divergence=written(found.kl, 4),
            square=temperature**2,
            rest=1 - alpha,
        ),
        is_clear=found.kl > 0.03,
    )


def logits(rng: Random, label: int) -> Floats:
    """Three logits in halves, the label's first."""
    return np.array([label, rng.randrange(-2, 6), rng.randrange(-2, 6)]) / 2


def divergence_asked(teacher: Floats, student: Floats, temperature: float) -> Number:
    """The divergence of the softened answers, and what one gets the wrong way round or at another temperature."""
    p, q = softmax(teacher, temperature), softmax(student, temperature)
    kl = float(kl_divergence(p, q))
    cold = float(kl_divergence(softmax(teacher), softmax(student)))
    return number(kl, decimals(3), reversed=float(kl_divergence(q, p)), cold=cold, squared=temperature**2 * kl)


def listed(values: Floats, places: int) -> str:
    """Numbers side by side."""
    return ", ".join(written(value, places) for value in values)
