"""Entries of several formats side by side: do they answer alike, and what does each cost?"""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from challenges.registry import catalogue
from grader.entry import Entry
from grader.parity import ParityReport, compare, same_share
from grader.pipeline import measure_baseline
from grader.sandbox import open_sandbox
from tests.grader.challenges import RULES, small_challenge
from tests.grader.timing import three_processes

FOLDER = catalogue()["int8_fashion"].folder


def test_scores_are_the_same_answer_where_the_largest_is() -> None:
    one = np.array([[1.0, 2.0], [3.0, 1.0]])
    other = np.array([[5.0, 9.0], [0.0, 0.5]])

    assert same_share(one, other) == 0.5


def test_outputs_that_are_no_scores_have_to_be_close() -> None:
    one = np.zeros((4, 3, 2))
    other = one.copy()
    other[1, 2, 0] = 0.1

    assert same_share(one, other) == 0.75


@pytest.fixture(scope="module")
def report() -> ParityReport:
    rules = replace(RULES, formats=("onnx", "tflite"))
    references = {"tflite": (FOLDER / "baseline.tflite").read_bytes()}
    challenge = replace(small_challenge(onnx.load(FOLDER / "baseline.onnx"), rules), references=references)
    sandbox = open_sandbox()
    entries = [
        Entry.read(FOLDER / "baseline.onnx"),
        Entry.read(FOLDER / "baseline.tflite"),
        Entry("notes.tflite", b"not a model at all"),
    ]
    with three_processes():
        return compare(entries, challenge, measure_baseline(challenge, sandbox), sandbox)


@pytest.mark.sandbox
def test_the_same_network_answers_alike_in_two_formats(report: ParityReport) -> None:
    (pair,) = report.pairs

    assert (pair.first, pair.second) == (0, 1)
    assert pair.same_answers == 1.0
    assert 0 < pair.mean_difference <= pair.max_difference < 1e-3


@pytest.mark.sandbox
def test_each_entry_has_its_figures_or_the_reason_why_not(report: ParityReport) -> None:
    in_onnx, in_litert, no_model = report.entries

    assert in_onnx.figures is not None
    assert in_litert.figures is not None
    assert in_onnx.figures.accuracy == in_litert.figures.accuracy == 1.0
    assert in_litert.figures.latency == pytest.approx(1, abs=0.1)
    assert in_litert.facts.runtime.startswith("LiteRT ")
    assert no_model.figures is None
    assert no_model.failure is not None
    assert no_model.failure.code == "not_the_format"


@pytest.mark.sandbox
def test_the_comparison_survives_being_stored(report: ParityReport) -> None:
    assert ParityReport.from_json(report.to_json()) == report
