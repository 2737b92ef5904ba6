"""Trials, and ladders as the grader writes them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts.models import User
from challenges.spec import ChallengeSpec
from grader.ladder import LadderReport, Rung, RungFigures, RungName
from grader.parity import ParityEntry, ParityFigures, ParityPair, ParityReport
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
def comparison(trial: Trial) -> Trial:
    """Two formats in the queue."""
    Trial.objects.update(kind=Kind.PARITY)
    TrialEntry.objects.create(trial=trial, file_name="other.tflite", file_bytes=40, sha256="d" * 64)
    return Trial.objects.get()


@pytest.fixture
def parity(spec: ChallengeSpec) -> ParityReport:
    """An ONNX and a LiteRT model that answer alike, and a third that could not be measured."""
    figures = ParityFigures(
        accuracy=0.9131,
        size_bytes=337_509,
        memory_bytes=18_816,
        latency=0.706,
        latency_interval=(0.70, 0.71),
        entry_ns=83_456,
        points=99.4,
    )

    def facts(form: str, runtime: str) -> EntryFacts:
        return EntryFacts(sha256="c" * 64, format=form, file_bytes=46, runtime=runtime)

    return ParityReport(
        challenge=spec.id,
        challenge_version=spec.version,
        split="public",
        items=5000,
        entries=(
            ParityEntry(name="float.onnx", facts=facts("onnx", "ONNX Runtime 1.32.0"), figures=figures),
            ParityEntry(name="other.tflite", facts=facts("tflite", "LiteRT 2.3.0"), figures=figures),
            ParityEntry(
                name="third.pt2",
                facts=facts("pt2", "PyTorch 2.13.0"),
                failure=Finding("output_not_finite", {"items": 7, "total": 5000}),
            ),
        ),
        pairs=(ParityPair(first=0, second=1, same_answers=0.9876, max_difference=0.25, mean_difference=0.0125),),
    )


@pytest.fixture
def sound_ladder(ladder: LadderReport) -> LadderReport:
    """Its rungs hold, all of them."""
    return replace(ladder, rungs=ladder.rungs[:2], breaks_at=None)
