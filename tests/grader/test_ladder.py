"""A float model on every rung, in the real sandbox."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from grader.challenge import Baseline, Challenge, PtqRecipe
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.ladder import LadderReport, Rung, RungName, climb
from grader.pipeline import measure_baseline
from grader.quantization import ptq, rungs
from grader.report import Finding
from grader.sandbox import open_sandbox
from grader.sandbox.base import Job, Outcome, Sandbox
from grader.sandbox.fake import FakeSandbox
from tests.grader.challenges import small_challenge
from tests.models import linear

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.graded]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox()


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    """A gate between what int8 and what int4 leaves of this net, and limits that nothing keeps."""
    whole = small_challenge(linear())
    limits = replace(whole.rules, max_parameters=1, max_memory_bytes=1, size_band=0.0)
    return replace(whole, rules=limits, targets=replace(whole.targets, max_drop=0.03))


@pytest.fixture(scope="module")
def baseline(challenge: Challenge, sandbox: Sandbox) -> Baseline:
    return measure_baseline(challenge, sandbox)


class BuildingHere:
    """Builds rungs in this process, where a test can break one, and does the rest in the sandbox."""

    backend = "mixed"

    def __init__(self, inner: Sandbox) -> None:
        self.inner = inner

    def run(self, job: Job) -> Outcome:
        """Run where it belongs."""
        return (FakeSandbox() if "rungs" in job.task else self.inner).run(job)


def entry_of(model: onnx.ModelProto) -> Entry:
    return Entry("entry.onnx", model.SerializeToString())


@pytest.fixture(scope="module")
def ladder(challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> LadderReport:
    return climb(entry_of(linear()), challenge, baseline, sandbox)


def rung(ladder: LadderReport, name: RungName) -> Rung:
    return next(rung for rung in ladder.rungs if rung.name is name)


def test_every_rung_is_measured_in_order_whatever_the_challenges_limits(ladder: LadderReport) -> None:
    assert [rung.name for rung in ladder.rungs] == list(RungName)
    assert [rung.failure for rung in ladder.rungs] == [None] * 5


def test_the_float_rung_is_the_entry_itself(ladder: LadderReport, baseline: Baseline) -> None:
    figures = rung(ladder, RungName.FP32).figures

    assert figures is not None
    assert figures.accuracy.drop == 0
    assert figures.size_bytes == baseline.size_bytes
    assert figures.latency_interval[0] <= figures.latency <= figures.latency_interval[1]


def test_accuracy_breaks_at_the_first_rung_that_is_surely_beyond_the_gate(ladder: LadderReport) -> None:
    broken = [rung.name for rung in ladder.rungs if rung.figures is not None and rung.figures.breaks]

    assert broken == [RungName.WEIGHT_ONLY_INT4]
    assert ladder.breaks_at is RungName.WEIGHT_ONLY_INT4


def test_the_ladder_survives_being_stored(ladder: LadderReport) -> None:
    assert LadderReport.from_json(ladder.to_json()) == ladder


def test_an_entry_that_is_already_quantized_is_refused(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    quantized = ptq.quantize(linear(), challenge.calibration, PtqRecipe())

    with pytest.raises(EntryRejected) as refusal:
        climb(entry_of(quantized), challenge, baseline, sandbox)

    assert refusal.value.code == "ladder_not_float"


@pytest.mark.long  # tests/platform/submissions/trials show what a page says of it
def test_a_rung_that_cannot_be_built_says_why_and_the_others_go_on(
    challenge: Challenge, baseline: Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(model: onnx.ModelProto, items: np.ndarray) -> onnx.ModelProto:
        raise ValueError("no such operator")

    monkeypatch.setitem(rungs.RUNGS, "static_per_tensor", fail)

    told: list[tuple[RungName, float]] = []

    found = climb(
        entry_of(linear()), challenge, baseline, BuildingHere(open_sandbox()), lambda *seen: told.append(seen)
    )

    assert rung(found, RungName.STATIC_PER_TENSOR) == Rung(
        name=RungName.STATIC_PER_TENSOR, failure=Finding("quantizer_refused", {"detail": "no such operator"})
    )
    assert rung(found, RungName.STATIC_PER_CHANNEL).figures is not None
    assert told == [(name, at / 5) for at, name in enumerate(RungName)]
