"""The whole story, with the real sandbox and the real runtime: a model goes in, an explained report comes out."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruntime.quantization import QuantType, quantize_dynamic

from grader.challenge import Baseline, Challenge, PtqRecipe, Rules, Target, Targets
from grader.entry import Entry
from grader.evaluation import Evaluated
from grader.pipeline import evaluate, grade, measure_baseline, rescore, time
from grader.quantization import ptq
from grader.report import Report, Result
from grader.sandbox import open_sandbox
from grader.sandbox.base import Job, Outcome, Sandbox
from grader.stages import OF_MODELS, Stage
from grader.wording import LANGUAGES, say
from tests.bad_models import BAD, not_a_number
from tests.grader.challenges import RULES, small_challenge
from tests.models import Graph, linear, small_resnet

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox()


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return small_challenge()


@pytest.fixture(scope="module")
def baseline(challenge: Challenge, sandbox: Sandbox) -> Baseline:
    return measure_baseline(challenge, sandbox)


@pytest.fixture(scope="module")
def int8_entry(challenge: Challenge) -> Entry:
    model = ptq.quantize(small_resnet(), challenge.calibration, PtqRecipe())
    return Entry("entry.onnx", model.SerializeToString())


@pytest.fixture(scope="module")
def report(int8_entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> Report:
    return grade(int8_entry, challenge, baseline, sandbox)


def test_the_baseline_answers_its_own_labels(baseline: Baseline) -> None:
    assert baseline.accuracy == 1.0


def test_a_quantized_model_is_graded(report: Report) -> None:
    assert report.result in (Result.PASSED, Result.PARTIAL)
    assert report.score is not None
    assert report.measured is not None
    assert report.measured.accuracy.value > 0.9
    assert {node.precision for node in report.measured.inspection.nodes} == {"int8", "other"}


def test_the_report_keeps_every_raw_sample_and_the_machine(report: Report) -> None:
    assert report.measured is not None
    latency = report.measured.latency

    assert len(latency.processes) >= 5
    assert all(len(process.entry_min_ns) == len(process.reference_min_ns) for process in latency.processes)
    assert latency.interval[0] <= latency.ratio <= latency.interval[1]
    assert report.environment["onnxruntime"] == "1.32.0"
    assert set(report.stage_wall_s) == {*OF_MODELS} - {Stage.QUANTIZE, Stage.SCORE}


def test_the_report_survives_being_stored(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report


def test_points_can_be_computed_again_from_the_stored_report(report: Report, challenge: Challenge) -> None:
    stored = Report.from_json(report.to_json())

    assert rescore(stored, challenge.targets) == report
    easier = Targets(max_drop=0.10, size=Target(par=20_000, weight=1.0))
    assert rescore(stored, easier).score != report.score


@pytest.mark.usefixtures("three_processes")
def test_every_stage_is_told_in_order(
    int8_entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    told: list[Stage] = []

    grade(int8_entry, challenge, baseline, sandbox, lambda stage, _: told.append(stage))

    assert list(dict.fromkeys(told)) == [stage for stage in OF_MODELS if stage is not Stage.QUANTIZE]


@pytest.mark.usefixtures("three_processes")
def test_what_was_evaluated_is_timed_by_whoever_gets_the_file(
    int8_entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    evaluated = evaluate(int8_entry, challenge, baseline, sandbox)
    assert isinstance(evaluated, Evaluated)

    timed = time(Evaluated.from_bytes(evaluated.to_bytes()), challenge, sandbox)

    assert timed.entry == evaluated.facts.entry
    assert timed.measured is not None
    assert timed.measured.accuracy == evaluated.facts.accuracy
    assert timed.diagnosis == evaluated.facts.diagnosis
    assert timed.evaluated_on == evaluated.facts.environment
    assert timed.stage_wall_s.items() >= evaluated.facts.stage_wall_s.items()


def test_an_entry_that_is_refused_is_not_sent_on_to_be_timed(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    refused = evaluate(Entry("entry.onnx", b"\x08 nothing"), challenge, baseline, sandbox)

    assert isinstance(refused, Report)
    assert refused.result is Result.REJECTED


@pytest.mark.usefixtures("three_processes")
def test_the_grader_quantizes_where_the_challenge_says_so(sandbox: Sandbox) -> None:
    challenge = small_challenge(recipe=PtqRecipe(calibration_items=64))
    entry = Entry("entry.onnx", small_resnet().SerializeToString())

    graded = grade(entry, challenge, measure_baseline(challenge, sandbox), sandbox)

    assert graded.measured is not None
    assert graded.measured.quantized_by == "grader"
    assert graded.measured.inspection.bytes_by_dtype["int8"] > 0
    assert Stage.QUANTIZE in graded.stage_wall_s


def test_a_float_detour_around_the_quantizer_is_caught(sandbox: Sandbox) -> None:
    challenge = small_challenge(recipe=PtqRecipe(calibration_items=64))
    graph = Graph(0)
    flat = graph.node("Flatten", ["input"], "flat")
    weight = graph.weight("head.weight", (784, 10), 784)
    graph.node("Einsum", [flat, weight], "logits", equation="bi,io->bo")

    graded = grade(
        Entry("entry.onnx", graph.model().SerializeToString()), challenge, measure_baseline(challenge, sandbox), sandbox
    )

    assert graded.reasons[0].code == "not_quantized"


def test_a_random_model_cannot_be_timed(challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> None:
    graph = Graph(0)
    noise = graph.node("RandomNormalLike", ["input"], "noise", scale=1.0)
    flat = graph.node("Flatten", [graph.node("Add", ["input", noise], "noisy")], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, 10), 784)], "logits")

    graded = grade(Entry("entry.onnx", graph.model().SerializeToString()), challenge, baseline, sandbox)

    assert graded.reasons[0].code == "timed_answers_differ"


def test_one_nan_among_many_answers_is_enough_to_be_refused(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    graded = grade(Entry("entry.onnx", not_a_number().SerializeToString()), challenge, baseline, sandbox)

    assert graded.result is Result.REJECTED
    assert graded.reasons[0].code == "output_not_finite"


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_sentence_and_a_hint_in_both_languages(
    name: str, challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    make, code = BAD[name]

    graded = grade(make(), challenge, baseline, sandbox)

    assert graded.result is Result.REJECTED
    assert [reason.code for reason in graded.reasons] == [code]
    for language in LANGUAGES:
        sentence = say(code, graded.reasons[0].params, language)
        assert sentence.message
        assert sentence.hint


@pytest.mark.usefixtures("three_processes")
def test_an_entry_with_a_fixed_batch_of_one_is_graded_too(sandbox: Sandbox) -> None:
    fixed = small_resnet()
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    fixed.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 1
    challenge = small_challenge(rules=RULES)

    graded = grade(
        Entry("entry.onnx", fixed.SerializeToString()), challenge, measure_baseline(challenge, sandbox), sandbox
    )

    assert graded.measured is not None
    assert graded.measured.accuracy.value == 1.0


@pytest.mark.usefixtures("three_processes")
def test_a_model_whose_answers_depend_on_their_neighbours_is_asked_one_by_one(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox, tmp_path: Path
) -> None:
    onnx.save(small_resnet(), tmp_path / "raw.onnx")
    quantize_dynamic(tmp_path / "raw.onnx", tmp_path / "dynamic.onnx", weight_type=QuantType.QUInt8)

    report = grade(Entry.read(tmp_path / "dynamic.onnx"), challenge, baseline, sandbox)

    assert report.measured is not None, report.reasons


def test_a_model_of_a_few_microseconds_is_timed_as_honestly_as_any(sandbox: Sandbox) -> None:
    challenge = small_challenge(linear())

    graded = grade(Entry("entry.onnx", challenge.reference), challenge, measure_baseline(challenge, sandbox), sandbox)

    assert graded.measured is not None
    assert graded.measured.latency.ratio == pytest.approx(1.0, abs=0.1)


@pytest.mark.usefixtures("three_processes")
def test_the_closed_track_accepts_the_baselines_weights_and_no_others(sandbox: Sandbox, int8_entry: Entry) -> None:
    closed = Rules(input=RULES.input, output=RULES.output, weights="baseline")
    challenge = small_challenge(rules=closed)
    measured = measure_baseline(challenge, sandbox)

    own = grade(int8_entry, challenge, measured, sandbox)
    foreign = grade(Entry("entry.onnx", small_resnet(seed=5).SerializeToString()), challenge, measured, sandbox)

    assert own.score is not None
    assert foreign.reasons[0].code == "weights_not_baseline"


@pytest.mark.usefixtures("three_processes")
def test_labels_are_never_given_to_a_job(challenge: Challenge, baseline: Baseline, int8_entry: Entry) -> None:
    labels = challenge.evaluation.labels

    class Watching:
        backend = "watched"

        def __init__(self, inner: Sandbox) -> None:
            self.inner = inner

        def run(self, job: Job) -> Outcome:
            for array in job.tensors.values():
                assert array.dtype != labels.dtype
                assert array.shape != labels.shape
                assert labels.tobytes() not in np.ascontiguousarray(array).tobytes()
            assert "labels" not in str(job.arguments)
            return self.inner.run(job)

    assert grade(int8_entry, challenge, baseline, Watching(open_sandbox())).score is not None
