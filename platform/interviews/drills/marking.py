"""What an answer is worth, and what it looks like if it is wrong."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from interviews.drills.problem import Asked, Choice, Problem

Answer = float | str
SAME_DIGITS = 0.005  # relative
UPWARDS = (1e3, 1e6, 1e9, 2**10, 2**20, 2**30, 8, 100)
OTHER_UNITS = (*UPWARDS, *(1 / factor for factor in UPWARDS))


class Verdict(TextChoices):
    """How an answer stands to the right one."""

    RIGHT = "right", _("Right.")
    COARSE = "coarse", _("Close, but rounded too coarsely: keep more digits on the way and give as many as asked for.")
    METHOD = "method", _("Not right.")
    UNIT = "unit", _("The digits are right; the unit or the power of ten is not.")
    WRONG = "wrong", _("Not right.")


@dataclass(frozen=True, slots=True)
class Mark:
    """One answer's verdict, and the wrong method that it looks like."""

    verdict: Verdict
    method: str = ""

    @property
    def is_right(self) -> bool:
        """True if nothing is wrong with it."""
        return self.verdict == Verdict.RIGHT


def marks(problem: Problem, answers: Mapping[str, Answer]) -> Mapping[str, Mark]:
    """The verdict on each answer."""
    return {name: mark(asked, answers[name]) for name, asked in problem.asked.items()}


def mark(asked: Asked, answer: Answer) -> Mark:
    """The verdict on one answer: a wrong method is looked for before a near miss, which it may also be."""
    if isinstance(asked, Choice) or isinstance(answer, str):
        return Mark(Verdict.RIGHT if answer == asked.value else Verdict.WRONG)
    if asked.accepts(answer):
        return Mark(Verdict.RIGHT)
    if method := asked.method_of(answer):
        return Mark(Verdict.METHOD, method)
    if asked.is_near(answer):
        return Mark(Verdict.COARSE)
    if asked.value and any(
        math.isclose(abs(answer / asked.value), factor, rel_tol=SAME_DIGITS) for factor in OTHER_UNITS
    ):
        return Mark(Verdict.UNIT)
    return Mark(Verdict.WRONG)
