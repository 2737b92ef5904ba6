"""The stages of one grading, in order, as the candidate sees them go by."""

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """Where a grading stands. The names are shown through `grader.wording`."""

    VALIDATE = "validate"
    INSPECT = "inspect"
    QUANTIZE = "quantize"
    INFER = "infer"
    TIME = "time"
    DIAGNOSE = "diagnose"
    SCORE = "score"


Progress = Callable[[Stage, float], None]
"""Told the stage and the fraction of it that is done, 0 to 1."""


def silent(stage: Stage, fraction: float) -> None:
    """Report progress to nobody."""
