"""Entries of several formats through the whole grading, with the real sandbox and the real runtimes."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from challenges.registry import catalogue
from grader.challenge import Baseline, Challenge
from grader.entry import Entry
from grader.errors import GraderError
from grader.evaluation import infer, read
from grader.measure import latency
from grader.pipeline import grade, measure_baseline
from grader.report import Report, Result
from grader.runtimes.base import RUNTIMES, Runtime
from grader.sandbox import open_sandbox
from grader.sandbox.base import Sandbox
from tests.grader.challenges import RULES, small_challenge
from tests.grader.timing import three_processes
from tests.models import linear
from tests.tflite_models import linear as tflite_linear
from tests.tflite_models import packed

pytestmark = pytest.mark.sandbox
FOLDER = catalogue()["int8_fashion"].folder
ONNX = linear()
WEIGHTS = numpy_helper.to_array(ONNX.graph.initializer[0])


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox()


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    rules = replace(RULES, formats=("onnx", "tflite"))
    references = {"tflite": (FOLDER / "baseline.tflite").read_bytes()}
    return replace(small_challenge(onnx.load(FOLDER / "baseline.onnx"), rules), references=references)


@pytest.fixture(scope="module")
def baseline(challenge: Challenge, sandbox: Sandbox) -> Baseline:
    return measure_baseline(challenge, sandbox)


@pytest.fixture(scope="module")
def report(challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> Report:
    with three_processes():
        return grade(Entry.read(FOLDER / "solutions" / "litert" / "entry.tflite"), challenge, baseline, sandbox)


def test_a_quantized_model_is_graded_as_an_onnx_entry_is(report: Report, challenge: Challenge) -> None:
    assert report.measured is not None

    assert report.measured.accuracy.value > 0.3  # on noise, for which it was not calibrated; guessing gives 0.1
    assert report.measured.inspection.memory_bytes == 18_816  # a quarter of the baseline's, as ONNX Runtime's graph
    assert report.measured.inspection.int8_macs == report.measured.inspection.macs == 10_150_272


def test_the_baseline_in_another_format_is_as_fast_as_itself(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    timed = latency.measure(challenge.references["tflite"], baseline.outputs, challenge, sandbox, model_format="tflite")

    assert timed.ratio == pytest.approx(1, abs=0.1)


def test_the_report_names_the_runtime_and_both_times_of_the_baseline(report: Report) -> None:
    assert report.measured is not None

    assert report.entry.format == "tflite"
    assert report.entry.runtime == f"LiteRT {RUNTIMES['tflite'].version()}"
    assert report.measured.latency.reference_ns > 0
    assert report.measured.latency.onnx_reference_ns > 0


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("entry.tflite", ONNX.SerializeToString()), "not_the_format"),
        (Entry("entry.tflite", packed(tflite_linear(WEIGHTS))[:-9000]), "tflite_damaged"),
        (Entry("entry.tflite", packed(tflite_linear(WEIGHTS, (1, 784)))), "input_shape"),
        (Entry("entry.tflite", packed(tflite_linear(WEIGHTS * np.float32("nan")))), "output_not_finite"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_entry_is_told_what_is_wrong(
    entry: Entry, code: str, challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    report = grade(entry, challenge, baseline, sandbox)

    assert report.result is Result.REJECTED
    assert report.reasons[0].code == code


def test_a_format_that_the_challenge_does_not_take_is_refused(baseline: Baseline, sandbox: Sandbox) -> None:
    report = grade(Entry("entry.tflite", packed(tflite_linear(WEIGHTS))), small_challenge(ONNX), baseline, sandbox)

    assert report.reasons[0].code == "extension"


def test_a_challenge_without_its_baseline_in_the_format_is_our_mistake(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    entry = Entry("entry.tflite", packed(tflite_linear(WEIGHTS)))

    with pytest.raises(GraderError) as failure:
        grade(entry, replace(challenge, references={}), baseline, sandbox)
    assert failure.value.code == "challenge_incomplete"


def test_a_runtime_that_is_not_installed_is_our_lack() -> None:
    absent = Runtime(name="Another", module="grader.runtimes.another", package="a-package-that-nobody-has")

    with pytest.raises(GraderError) as failure:
        absent.require()
    assert failure.value.code == "runtime_missing"
    assert failure.value.blame == "grader"


@pytest.mark.slow
@pytest.mark.graded
@pytest.mark.long  # tests/grader/runtimes/test_pytorch.py reads and runs one
def test_a_program_is_read_run_and_timed_as_a_file_of_our_own(challenge: Challenge, sandbox: Sandbox) -> None:
    pytest.importorskip("torch")
    few = replace(
        challenge.evaluation, inputs=challenge.evaluation.inputs[:64], labels=challenge.evaluation.labels[:64]
    )
    reference = (FOLDER / "baseline.pt2").read_bytes()
    small = replace(challenge, evaluation=few, references={"pt2": reference})

    facts, model = read("pt2", reference, small, sandbox)
    outputs, _ = infer(model, small, sandbox, "pt2")
    expected, _ = infer(small.reference, small, sandbox)
    timed = latency.measure(model, outputs, small, sandbox, model_format="pt2", most=3)

    assert facts.macs == 10_150_272
    assert np.allclose(outputs, expected, atol=1e-3)
    assert timed.ratio == pytest.approx(1, abs=0.3)
    assert timed.onnx_reference_ns > 0
