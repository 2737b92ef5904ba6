"""What an ONNX entry is estimated to take on boards that are not here: the same figure on every run, and a sane one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from challenges.registry import find
from grader.challenge import Baseline, Challenge, PtqRecipe, Target, Targets, TensorSpec
from grader.devices.estimates import WARM_BELOW_MACS, reference_costs, sample
from grader.devices.lab import Lab
from grader.devices.models import run_model
from grader.devices.targets import Counts, Device, devices
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.evaluation import Evaluated, inspect
from grader.pipeline import evaluate, measure_baseline
from grader.quantization import ptq
from grader.report import DeviceFacts, Report, Result
from grader.sandbox.base import Sandbox
from tests.grader.challenges import small_challenge
from tests.models import Graph, small_resnet

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
PI4, PI5 = devices()["pi4"], devices()["pi5"]
INSTRUCTIONS_OF_A_MAC = 0.138  # MobileNet in int8 on a Pi 5 (device-lab.md): few models take fewer
SCORES = TensorSpec(dtype="float32", shape=(None, 10))


@pytest.fixture(scope="module")
def challenge(lab: Lab) -> Challenge:
    """A small one whose latency is that of a Raspberry Pi 5."""
    latency = Target(par=0.9, weight=1.0, device="pi5")
    return replace(small_challenge(), targets=Targets(max_drop=0.10, latency=latency), lab=lab)


@pytest.fixture(scope="module")
def baseline(challenge: Challenge, sandbox: Sandbox) -> Baseline:
    return measure_baseline(challenge, sandbox)


@pytest.fixture(scope="module")
def int8(challenge: Challenge) -> bytes:
    return ptq.quantize(small_resnet(), challenge.calibration, PtqRecipe()).SerializeToString()


@pytest.fixture(scope="module")
def estimated(int8: bytes, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> tuple[DeviceFacts, ...]:
    evaluated = evaluate(Entry("entry.onnx", int8), challenge, baseline, sandbox)
    assert isinstance(evaluated, Evaluated)
    return evaluated.facts.devices


def counted(model: bytes, device: str, lab: Lab, sandbox: Sandbox) -> Counts:
    items = np.random.default_rng(3).standard_normal((2, 1, 28, 28)).astype(np.float32)
    return run_model(model, items, SCORES, devices()[device], lab, sandbox).counts


@contextmanager
def busy() -> Iterator[None]:
    """Another process that never rests."""
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        neighbour.kill()
        neighbour.wait()


def test_every_board_is_estimated_with_its_counts_and_its_error(estimated: tuple[DeviceFacts, ...]) -> None:
    assert [device.name for device in estimated] == ["pi4", "pi5"]
    for device in estimated:
        assert device.fitted
        assert device.median_error is not None
        assert device.worst_error is not None
        assert device.ratio == device.entry.cycles / device.reference.cycles
        assert sum(device.entry.counts.classes.values()) == device.entry.counts.instructions
        assert device.tools["qemu"].startswith("7.2")


def test_the_device_answers_what_exact_native_arithmetic_does(estimated: tuple[DeviceFacts, ...]) -> None:
    """Bit for bit, because all that computes here does so in integers."""
    assert [(device.agreement.difference, device.agreement.tolerance) for device in estimated] == [(0.0, 0.0)] * 2


@pytest.mark.long  # that of integers is in CI
def test_a_float_model_agrees_but_for_rounding(challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> None:
    entry = Entry("entry.onnx", small_resnet(seed=3).SerializeToString())

    evaluated = evaluate(entry, challenge, baseline, sandbox)

    assert isinstance(evaluated, Evaluated)
    assert all(0 < device.agreement.tolerance < 1e-3 for device in evaluated.facts.devices)
    assert all(device.agreement.holds for device in evaluated.facts.devices)


@pytest.mark.long  # tests/grader/devices/test_determinism.py does the same with a smaller model
def test_an_estimate_is_the_same_from_another_folder_and_beside_a_busy_neighbour(
    int8: bytes, lab: Lab, sandbox: Sandbox, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "a folder of another name and length"
    elsewhere.symlink_to(lab.folder, target_is_directory=True)

    quiet = counted(int8, "pi5", lab, sandbox)
    with busy():
        again = [counted(int8, "pi5", where, sandbox) for where in (Lab(elsewhere), lab)]

    assert again == [quiet, quiet]


def test_int8_of_a_resnet_8_gains_much_where_there_is_a_dot_product_and_little_where_there_is_none(
    lab: Lab, sandbox: Sandbox
) -> None:
    spec = find("int8_fashion")
    reference = spec.baseline_path.read_bytes()
    int8 = quantized_resnet_8(reference)

    gains = {
        device: counted(reference, device, lab, sandbox).instructions / counted(int8, device, lab, sandbox).instructions
        for device in ("pi4", "pi5")
    }

    assert gains["pi5"] >= 1.8
    assert 1.1 <= gains["pi4"] <= 1.6


def quantized_resnet_8(reference: bytes) -> bytes:
    """As the reference solution of int8_fashion does it, on other pictures: counts do not hang on values."""
    items = np.random.default_rng(5).standard_normal((64, 1, 28, 28)).astype(np.float32)
    return ptq.quantize(
        onnx.load_model_from_string(reference), items, PtqRecipe(calibration_items=64)
    ).SerializeToString()


@pytest.mark.parametrize("device", [PI4, pytest.param(PI5, marks=pytest.mark.long)], ids=["pi4", "pi5"])
def test_int8_of_a_wide_perceptron_costs_less_on_every_board(device: Device, lab: Lab, sandbox: Sandbox) -> None:
    model, float32 = perceptron(), perceptron().SerializeToString()
    items = np.random.default_rng(5).standard_normal((64, 1, 28, 28)).astype(np.float32)
    int8 = ptq.quantize(model, items, PtqRecipe(calibration_items=64)).SerializeToString()

    before, after = (counted(one, device.name, lab, sandbox) for one in (float32, int8))

    assert device.cycles(after) < device.cycles(before)
    assert after.level2_misses < before.level2_misses


def perceptron() -> onnx.ModelProto:
    """784 to 512 to 512 to 10: 2.6 MB of weights, more than any cache of the boards holds."""
    graph = Graph(0)
    at = graph.node("Flatten", ["input"], "flat")
    for number, (before, after) in enumerate(((784, 512), (512, 512))):
        product = graph.node("MatMul", [at, graph.weight(f"w{number}", (before, after), before)], f"product{number}")
        at = graph.node("Relu", [product], f"relu{number}")
    graph.node("MatMul", [at, graph.weight("head", (512, 10), 512)], "logits")
    return graph.model()


def test_the_second_inference_counts_and_of_a_large_model_the_first(challenge: Challenge) -> None:
    small, large = sample(challenge, WARM_BELOW_MACS - 1), sample(challenge, WARM_BELOW_MACS)

    assert np.array_equal(small, challenge.calibration[:2])
    assert np.array_equal(large, challenge.calibration[:1])


def test_what_is_done_only_once_is_a_small_part_of_what_counts_for_a_large_model(lab: Lab, sandbox: Sandbox) -> None:
    reference = find("int8_fashion").baseline_path.read_bytes()
    items = np.random.default_rng(3).standard_normal((2, 1, 28, 28)).astype(np.float32)

    cold, warm = (run_model(reference, items[:runs], SCORES, PI5, lab, sandbox).counts for runs in (1, 2))

    once = cold.instructions - warm.instructions
    assert 0 < once < 0.005 * WARM_BELOW_MACS * INSTRUCTIONS_OF_A_MAC


def test_whole_numbers_as_input_are_estimated_too(lab: Lab, sandbox: Sandbox) -> None:
    table = numpy_helper.from_array(np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32), "table")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "tokens"], ["rows"]),
            helper.make_node("ReduceMean", ["rows"], ["mean"], axes=[1], keepdims=0),
        ],
        "tokens",
        [helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", 6])],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["batch", 4])],
        [table],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    tokens = np.array([[1, 2, 3, 4, 5, 6], [7, 7, 7, 49, 0, 7]], np.int64)

    run = run_model(model.SerializeToString(), tokens, TensorSpec(dtype="float32", shape=(None, 4)), PI5, lab, sandbox)

    expected = numpy_helper.to_array(table)[tokens].mean(axis=1)
    assert np.allclose(run.outputs, expected, rtol=1e-5)


@pytest.mark.long  # the next one is refused as well
def test_a_model_that_the_device_does_not_run_is_refused_where_the_target_needs_it(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    """Its height and width have no sizes; natively they come with the items."""
    free = small_resnet()
    for dimension in free.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_param = f"any{dimension.dim_value}"
    entry = Entry("entry.onnx", free.SerializeToString())

    refused = evaluate(entry, challenge, baseline, sandbox)
    told = evaluate(entry, replace(challenge, targets=Targets(max_drop=0.10)), baseline, sandbox)

    assert isinstance(refused, Report)
    assert refused.result is Result.REJECTED
    assert refused.reasons[0].code == "device_model_refused"
    assert "sizes open" in str(refused.reasons[0].params["detail"])
    assert isinstance(told, Evaluated)
    assert told.facts.devices == ()
    assert told.facts.no_estimate == refused.reasons[0]


def test_what_is_no_model_for_the_runtime_is_told_with_its_words(lab: Lab, sandbox: Sandbox) -> None:
    with pytest.raises(EntryRejected, match="device_model_refused") as refusal:
        counted(b"\x08\x08 no model", "pi4", lab, sandbox)

    assert refusal.value.params["device"] == "Raspberry Pi 4"
    assert "CreateSession" in str(refusal.value.params["detail"])


@pytest.mark.long  # tests/grader/devices/test_determinism.py counts a smaller one again
def test_the_baseline_costs_the_same_each_time_that_it_is_measured(
    challenge: Challenge, baseline: Baseline, sandbox: Sandbox
) -> None:
    macs = inspect(challenge.reference, challenge, sandbox, ours=True).macs

    assert reference_costs(challenge, macs, sandbox) == baseline.devices
