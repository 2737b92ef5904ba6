"""What the interview questions on accelerators say, computed and run."""

import json
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper


def matmul_model() -> bytes:
    weights = np.random.default_rng(0).standard_normal((4, 4)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], name="mm")],
        "matmul",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(weights, "w")],
    )
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def roofline_ms(macs: float, tops: float, megabytes: float, gigabytes_per_s: float) -> tuple[float, float]:
    return 2 * macs / (tops * 1e12) * 1e3, megabytes * 1e6 / (gigabytes_per_s * 1e9) * 1e3


def test_two_billion_macs_at_4_tops_and_8_megabytes_at_6_4_gigabytes_a_second() -> None:
    compute, memory = roofline_ms(2.0e9, 4, 8, 6.4)

    assert compute == pytest.approx(1.0)
    assert memory == pytest.approx(1.25)
    assert compute / 8.0 == pytest.approx(0.125)
    assert 8.0 / memory == pytest.approx(6.4)


def test_half_the_tops_and_more_sram_win_when_feature_maps_would_spill() -> None:
    compute_a, memory_a = roofline_ms(1.5e9, 8, 3 + 20, 6.4)
    compute_b, memory_b = roofline_ms(1.5e9, 4, 3, 6.4)

    assert (round(compute_a, 3), round(memory_a, 2)) == (0.375, 3.59)
    assert (round(compute_b, 2), round(memory_b, 2)) == (0.75, 0.47)
    assert round(max(compute_a, memory_a) / max(compute_b, memory_b), 1) == 4.8


def test_bytes_of_two_crossings_of_a_feature_map() -> None:
    elements = 80 * 80 * 128

    assert elements == 819_200
    assert 2 * elements == 1_638_400
    assert round(2 * elements * 4 / 1e6, 2) == 6.55


def test_an_unavailable_execution_provider_only_warns_and_the_cpu_takes_over() -> None:
    providers = ["QNNExecutionProvider", "CPUExecutionProvider"]

    with pytest.warns(UserWarning, match="not in available provider names"):
        session = ort.InferenceSession(matmul_model(), providers=providers)

    assert session.get_providers() == ["CPUExecutionProvider"]


def test_the_profile_names_the_provider_of_every_node(tmp_path: Path) -> None:
    options = ort.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(tmp_path / "profile")
    session = ort.InferenceSession(matmul_model(), options, providers=["CPUExecutionProvider"])

    session.run(None, {"x": np.ones((1, 4), np.float32)})
    events = json.loads(Path(session.end_profiling()).read_text())

    nodes = [event for event in events if event.get("cat") == "Node"]
    assert [(node["name"], node["args"]["provider"]) for node in nodes] == [("mm_kernel_time", "CPUExecutionProvider")]


def test_cpu_time_that_four_threads_reveal_at_least() -> None:
    before, after, estimate = 41, 30, 12

    cpu = (before - after) / (1 - 1 / 4)

    assert round(cpu, 1) == 14.7
    assert round(before - estimate - cpu) == 14


def two_sided_sign_test(lost: int, gained: int) -> float:
    changed, fewer = lost + gained, min(lost, gained)
    return min(1.0, 2 * sum(math.comb(changed, k) for k in range(fewer + 1)) / 2.0**changed)


def test_the_same_net_loss_of_40_is_evidence_or_none() -> None:
    assert 60 - 20 == 420 - 380 == 0.008 * 5_000
    assert two_sided_sign_test(60, 20) < 0.0001
    assert two_sided_sign_test(420, 380) > 0.1
