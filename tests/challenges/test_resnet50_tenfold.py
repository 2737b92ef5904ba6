"""The article's claim is on record: the report of a solution in the tree meets a tenth, five times and two points."""

import numpy as np
import onnx
import pytest

from challenges.registry import find
from challenges.solutions import Solution
from grader.entry import Entry
from grader.measure.environment import describe
from grader.quantization.inspection import inspect
from grader.report import Measured, Report, Result

SPEC = find("resnet50_tenfold")
REFERENCE = SPEC.folder / "solutions" / "reference"
SMALLER, FASTER, MAX_DROP = 10, 5, 0.02  # what the article says
SAME_ON_EVERY_CPU = ("size_bytes", "parameters", "nonzero_parameters", "macs", "elements_by_dtype", "layers")


@pytest.fixture
def report() -> Report:
    return Report.from_json((REFERENCE / "report.json").read_bytes())


@pytest.fixture
def measured(report: Report) -> Measured:
    assert report.measured is not None
    return report.measured


@pytest.fixture
def entry(data_sets: None) -> Entry:
    """What the reference's solve.py builds here and now."""
    return Solution.read(REFERENCE).build(SPEC)


def test_the_report_is_of_this_challenge_and_of_hidden_items(report: Report, measured: Measured) -> None:
    assert (report.challenge, report.challenge_version, report.split) == (SPEC.id, SPEC.version, "hidden")
    assert measured.accuracy.items >= 3_000


def test_the_report_says_gold(report: Report) -> None:
    assert report.result is Result.PASSED
    assert report.gold


def test_the_claim_holds(measured: Measured) -> None:
    assert measured.baseline_size_bytes >= SMALLER * measured.inspection.size_bytes
    assert measured.latency.interval[1] <= 1 / FASTER
    assert measured.accuracy.drop_interval[1] <= MAX_DROP


def test_the_report_is_about_the_network_that_the_reference_builds(entry: Entry, measured: Measured) -> None:
    item = np.zeros((1, 1, 28, 28), np.float32)

    built = inspect(onnx.load_model_from_string(entry.data), item)

    for fact in SAME_ON_EVERY_CPU:
        assert getattr(built, fact) == getattr(measured.inspection, fact), fact


def test_the_report_is_about_these_very_bytes(entry: Entry, report: Report) -> None:
    here = describe("none")["cpu_model"]
    if here != report.environment["cpu_model"]:
        pytest.skip(f"calibrated on {report.environment['cpu_model']}; {here} may round ranges in another way")

    assert report.entry.sha256 == entry.sha256
