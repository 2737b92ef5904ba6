"""A graded entry is looked into; where that fails, the grading stands and the report says why."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.challenge import Baseline, Challenge, PtqRecipe
from grader.diagnosis.jobs import baseline_sensitivity, diagnose
from grader.entry import Entry
from grader.quantization import ptq
from grader.report import Finding
from grader.sandbox.base import Job, Outcome, Verdict
from grader.sandbox.fake import FakeSandbox
from tests.grader.challenges import small_challenge
from tests.grader.reports import inspection
from tests.models import small_resnet

FACTS = inspection(size_bytes=100_000, memory_bytes=60_000)


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return small_challenge()


@pytest.fixture(scope="module")
def baseline(challenge: Challenge) -> Baseline:
    sensitivity = baseline_sensitivity(challenge, FakeSandbox())
    return Baseline(outputs=np.zeros((1, 10)), accuracy=1.0, size_bytes=1, memory_bytes=1, sensitivity=sensitivity)


@pytest.fixture(scope="module")
def int8_entry(challenge: Challenge) -> Entry:
    return Entry("e.onnx", ptq.quantize(small_resnet(), challenge.calibration, PtqRecipe()).SerializeToString())


class Answering:
    """A sandbox whose every job ends in the same way."""

    backend = "answering"

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def run(self, job: Job) -> Outcome:
        """End."""
        return self.outcome


def test_all_of_it_is_found(challenge: Challenge, baseline: Baseline, int8_entry: Entry) -> None:
    found = diagnose(int8_entry, int8_entry.data, FACTS, challenge, baseline, FakeSandbox())

    assert found.failure is None
    assert found.items == 64
    assert [layer.name for layer in found.layers] == [layer.name for layer in found.sensitivity]
    assert len(found.worst) == 5
    assert found.ledger is not None
    assert found.ledger.file_bytes == len(int8_entry.data)
    assert found.sensitivity == baseline.sensitivity


def test_where_the_grader_quantizes_the_uploads_own_sensitivity_counts(
    challenge: Challenge, baseline: Baseline, int8_entry: Entry
) -> None:
    upload = Entry("e.onnx", small_resnet(channels=(4, 8)).SerializeToString())

    found = diagnose(upload, int8_entry.data, FACTS, replace(challenge, recipe=PtqRecipe()), baseline, FakeSandbox())

    assert found.sensitivity[0].elements == 4 * 9
    assert found.ledger is not None
    assert found.ledger.file_bytes == len(upload.data)


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [
        (Outcome(verdict=Verdict.TIME_LIMIT_CPU, code="time_limit_cpu", params={"limit_s": 40}), "time_limit_cpu"),
        (Outcome(verdict=Verdict.SANDBOX_FAILED, code="sandbox_failed", params={"detail": "gone"}), "sandbox_failed"),
        (Outcome(verdict=Verdict.INVALID_MODEL, code="invalid_model", params={"detail": "?"}), "layers_unknown"),
        (Outcome(verdict=Verdict.OK, reply={"layers": "none of your business"}), "protocol_error"),
        (Outcome(verdict=Verdict.OK, reply=None), "protocol_error"),
    ],
)
def test_a_diagnosis_that_fails_says_why_and_raises_nothing(
    outcome: Outcome, failure: str, challenge: Challenge, baseline: Baseline, int8_entry: Entry
) -> None:
    found = diagnose(int8_entry, int8_entry.data, FACTS, challenge, baseline, Answering(outcome))

    assert found.failure == Finding(failure, outcome.params)
    assert found.layers == ()
    assert found.ledger is not None


def test_a_child_cannot_put_words_into_the_report(challenge: Challenge, baseline: Baseline, int8_entry: Entry) -> None:
    said: dict[str, Any] = {"failure": {"code": "no such sentence", "params": {}}}

    found = diagnose(
        int8_entry, int8_entry.data, FACTS, challenge, baseline, Answering(Outcome(verdict=Verdict.OK, reply=said))
    )

    assert found.failure is None


def test_a_baseline_that_cannot_be_looked_into_is_still_measured(challenge: Challenge) -> None:
    broken = Answering(Outcome(verdict=Verdict.CRASHED, code="crashed", params={"signal": "SIGSEGV"}))

    assert baseline_sensitivity(challenge, broken) == ()


def test_of_another_format_only_the_bytes_are_known(challenge: Challenge, baseline: Baseline) -> None:
    entry = Entry("entry.tflite", bytes(101_000))

    found = diagnose(entry, entry.data, FACTS, challenge, baseline, FakeSandbox())

    assert found.failure == Finding("layers_unread", {"format": "tflite"})
    assert found.ledger is not None
    assert found.ledger.metadata_bytes == 1_000
    assert found.ledger.tensor_bytes == FACTS.bytes_by_dtype
    assert found.ledger.structure_bytes == 100_000 - sum(FACTS.bytes_by_dtype.values())
