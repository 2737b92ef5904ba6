"""Karui's Celery app with a grader that measures nothing and takes a fixed time: all around it is what is tested."""

import os
import time
from typing import Any

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config.celery import app  # noqa: E402  # Django comes first
from grader.evaluation import Evaluated, Untimed  # noqa: E402
from grader.report import Report  # noqa: E402
from submissions import grading  # noqa: E402
from submissions.example import example  # noqa: E402

__all__ = ["app"]
EVALUATION_S, TIMING_S = (float(os.environ[f"SIMULATED_{phase}_S"]) for phase in ("EVALUATION", "TIMING"))
REPORT = example().report


def evaluate(*_: Any) -> Evaluated:
    """What the example's evaluation found."""
    time.sleep(EVALUATION_S)
    assert REPORT.measured
    untimed = Untimed(
        entry=REPORT.entry,
        inspection=REPORT.measured.inspection,
        accuracy=REPORT.measured.accuracy,
        baseline_size_bytes=REPORT.measured.baseline_size_bytes,
        baseline_memory_bytes=REPORT.measured.baseline_memory_bytes,
        quantized_by=REPORT.measured.quantized_by,
        rules=REPORT.measured.rules,
    )
    outputs = np.zeros((1, 10), np.float32)
    return Evaluated(untimed, b"model", outputs, outputs)


def timed(*_: Any) -> Report:
    """The example."""
    time.sleep(TIMING_S)
    return REPORT


grading.judge.evaluate, grading.judge.time = evaluate, timed  # type: ignore[assignment]
grading.open_sandbox = lambda: None  # type: ignore[assignment,return-value]
