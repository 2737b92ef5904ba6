"""The stages of one grading, in order, as the candidate sees them go by."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """Where a grading stands: of a model, or of a kernel. The names are shown through `grader.wording`."""

    VALIDATE = "validate"
    INSPECT = "inspect"
    QUANTIZE = "quantize"
    INFER = "infer"
    DIAGNOSE = "diagnose"
    DEVICE = "device"
    COMPILE = "compile"
    CHECK = "check"
    COUNT = "count"
    TIME = "time"
    SCORE = "score"


OF_KERNELS = (Stage.COMPILE, Stage.CHECK, Stage.COUNT, Stage.SCORE)
OF_MODELS = tuple(stage for stage in Stage if stage is Stage.SCORE or stage not in OF_KERNELS)

Progress = Callable[[Stage, float], None]
"""Told the stage and the fraction of it that is done, 0 to 1."""


def silent(stage: Stage, fraction: float) -> None:
    """Report progress to nobody."""


@dataclass(slots=True)
class Watch:
    """Tells the stage that begins, and keeps how long each one took."""

    progress: Progress
    wall_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time the body as one stage."""
        self.progress(stage, 0.0)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.wall_s[stage] = time.perf_counter() - begun
