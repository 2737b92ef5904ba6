"""Karui's Celery app with a grader that measures nothing and takes a fixed time: all around it is what is tested."""

import os
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config.celery import app  # noqa: E402  # Django comes first
from grader.evaluation import Evaluated  # noqa: E402
from grader.report import Report  # noqa: E402
from submissions import grading  # noqa: E402
from submissions.example import example  # noqa: E402
from tests.evaluated import evaluated_of  # noqa: E402

__all__ = ["app"]
EVALUATION_S, TIMING_S = (float(os.environ[f"SIMULATED_{phase}_S"]) for phase in ("EVALUATION", "TIMING"))
REPORT = example().report


def evaluate(*_: Any) -> Evaluated:
    """What the example's evaluation found."""
    time.sleep(EVALUATION_S)
    return evaluated_of(REPORT, b"model")


def timed(*_: Any) -> Report:
    """The example."""
    time.sleep(TIMING_S)
    return REPORT


grading.judge.evaluate, grading.judge.time = evaluate, timed  # type: ignore[assignment]
grading.open_sandbox = lambda: None  # type: ignore[assignment,return-value]
