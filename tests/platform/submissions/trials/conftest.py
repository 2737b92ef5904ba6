"""Trials, and ladders as the grader writes them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts.models import User
from challenges.spec import ChallengeSpec
from grader.ladder import LadderReport, Rung, RungFigures, RungName
from grader.report import EntryFacts, Finding, Measured
from submissions.models import Trial
from submissions.trials.models import Kind, TrialEntry

SIZES = {
    RungName.FP32: 1_233_895,
    RungName.DYNAMIC_INT8: 337_000,
    RungName.STATIC_PER_TENSOR: 335_000,
    RungName.STATIC_PER_CHANNEL: 338_000,
}


@pytest.fixture
def trial(user: User) -> Trial:
    """A ladder in the queue."""
    entry = TrialEntry(file_name="float.onnx", file_bytes=46, sha256="c" * 64)
    return Trial.objects.begin(user, "int8_fashion", Kind.LADDER, [entry])


@pytest.fixture
def ladder(spec: ChallengeSpec, measure: Callable[..., Measured]) -> LadderReport:
    """Static int8 with one scale for each tensor breaks, and int4 cannot be built."""
    accuracies = dict(zip(SIZES, (0.92, 0.919, 0.85, 0.918), strict=True))

    def rung(name: RungName) -> Rung:
        accuracy = measure(accuracy=accuracies[name]).accuracy
        figures = RungFigures(
            size_bytes=SIZES[name], memory_bytes=18_816, accuracy=accuracy, latency=0.7, latency_interval=(0.6, 0.8)
        )
        return Rung(name=name, figures=figures)

    unbuilt = Rung(name=RungName.WEIGHT_ONLY_INT4, failure=Finding("output_not_finite", {"items": 7, "total": 5000}))
    return LadderReport(
        challenge=spec.id,
        challenge_version=spec.version,
        entry=EntryFacts(sha256="c" * 64, format="onnx", file_bytes=46),
        rungs=(*map(rung, SIZES), unbuilt),
        breaks_at=RungName.STATIC_PER_TENSOR,
    )


@pytest.fixture
def sound_ladder(ladder: LadderReport) -> LadderReport:
    """Its rungs hold, all of them."""
    return replace(ladder, rungs=ladder.rungs[:2], breaks_at=None)
