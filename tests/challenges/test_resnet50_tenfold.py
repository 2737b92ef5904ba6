"""The article's claim is on record: the report of a solution in the tree meets a tenth, five times and two points."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from challenges.registry import find
from challenges.solutions import Solution
from grader.entry import Entry
from grader.measure.environment import describe
from grader.quantization.graph import canonical_bytes
from grader.quantization.inspection import inspect
from grader.report import Measured, Report, Result

SPEC = find("resnet50_tenfold")
REFERENCE = SPEC.folder / "solutions" / "reference"
SMALLER, FASTER, MAX_DROP = 10, 5, 0.02  # what the article says
SAME_ON_EVERY_CPU = ("size_bytes", "parameters", "nonzero_parameters", "macs", "elements_by_dtype", "layers")
ROUNDING = ("cpu_model", "cpu_flags", "onnxruntime", "numpy")


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
    here, there = ([machine[fact] for fact in ROUNDING] for machine in (describe("none"), report.environment))
    if here != there:
        pytest.skip(f"calibrated on {there}; {here} may round ranges in another way")

    assert report.entry.sha256 == entry.sha256


@pytest.mark.slow
def test_the_baseline_has_the_architecture_that_prepare_builds(tmp_path: Path) -> None:
    """Untrained: a short training of fifty layers takes three times as long as those in test_prepare.py."""
    torch = pytest.importorskip("torch", reason="building the network needs the torch extra")
    from challenges.resnet50_tenfold.prepare import SlimResNet50
    from challenges.training import export

    network = SlimResNet50()
    network(torch.randn(8, 1, 28, 28))  # otherwise all layers have the same statistics, which would be stored once
    export(network, tmp_path / "untrained.onnx")
    built, committed = onnx.load(tmp_path / "untrained.onnx"), onnx.load(SPEC.baseline_path)

    assert [node.op_type for node in built.graph.node] == [node.op_type for node in committed.graph.node]
    assert [list(item.dims) for item in built.graph.initializer] == [
        list(item.dims) for item in committed.graph.initializer
    ]


def test_a_tenth_and_a_fiftieth_are_those_of_the_baseline() -> None:
    """The claim to the letter: the figures in challenge.toml are not rounded in anybody's favour."""
    size = len(canonical_bytes(onnx.load(SPEC.baseline_path)))

    assert SPEC.targets.size is not None
    assert SPEC.targets.gold is not None
    assert (SPEC.targets.size.par, SPEC.targets.gold.size) == (size // 10, size // 50)
