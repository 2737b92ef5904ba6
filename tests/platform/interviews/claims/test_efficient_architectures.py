"""Claims made in the interview questions on efficient architectures."""

from itertools import combinations
from math import sqrt
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

PIXELS = 28 * 28
FULL = PIXELS * 9 * 64 * 128
DEPTHWISE = PIXELS * 9 * 64
POINTWISE = PIXELS * 64 * 128


def test_a_separable_3_by_3_with_128_outputs_costs_0_119_of_the_full_one() -> None:
    assert (FULL, DEPTHWISE, POINTWISE) == (57_802_752, 451_584, 6_422_528)
    assert DEPTHWISE + POINTWISE == 6_874_112
    assert pytest.approx(1 / 128 + 1 / 9) == (DEPTHWISE + POINTWISE) / FULL
    assert pytest.approx(8.4, abs=0.05) == FULL / (DEPTHWISE + POINTWISE)


def test_its_weights_shrink_by_the_same_factor() -> None:
    assert (9 * 64 * 128, 9 * 64, 64 * 128) == (73_728, 576, 8_192)
    assert pytest.approx(1 / 128 + 1 / 9) == (576 + 8_192) / 73_728


def test_93_percent_of_the_rest_is_pointwise_and_5_by_5_adds_12_percent() -> None:
    larger = PIXELS * 25 * 64 + POINTWISE

    assert pytest.approx(0.93, abs=0.005) == POINTWISE / (DEPTHWISE + POINTWISE)
    assert larger == 7_676_928
    assert larger / (DEPTHWISE + POINTWISE) == pytest.approx(1.12, abs=0.005)


def test_with_eight_outputs_the_factor_is_4_2() -> None:
    assert pytest.approx(4.2, abs=0.05) == 1 / (1 / 8 + 1 / 9)


def test_one_lane_of_32_makes_depthwise_69_percent_of_the_time_and_the_gain_2_8() -> None:
    effective = DEPTHWISE * 32

    assert effective == pytest.approx(14.45e6, rel=0.001)
    assert effective + POINTWISE == pytest.approx(20.87e6, rel=0.001)
    assert effective / (effective + POINTWISE) == pytest.approx(0.69, abs=0.005)
    assert FULL / (effective + POINTWISE) == pytest.approx(2.8, abs=0.05)


def test_in_int8_depthwise_does_4_5_multiply_accumulates_per_byte_pointwise_40_and_full_258() -> None:
    small, large = PIXELS * 64, PIXELS * 128

    assert DEPTHWISE / (small + small + 576) == pytest.approx(4.5, abs=0.05)
    assert POINTWISE / (small + large + 8_192) == pytest.approx(40, abs=0.6)
    assert FULL / (small + large + 73_728) == pytest.approx(258, abs=0.5)


def test_width_0_7_and_a_resolution_of_160_both_halve_the_arithmetic() -> None:
    assert pytest.approx(0.49) == 0.7**2
    assert pytest.approx(0.51, abs=0.001) == (160 / 224) ** 2
    assert pytest.approx(17, abs=0.2) == 24 * 160 / 224
    assert pytest.approx(0.53, abs=0.005) == 0.85**2 * (192 / 224) ** 2


def test_kendalls_correlation_of_12_unrelated_rankings_scatters_by_0_22() -> None:
    generator = np.random.default_rng(0)
    pairs = list(combinations(range(12), 2))
    values = []
    for _ in range(2000):
        order = generator.permutation(12)
        values.append(sum(1 if order[i] < order[j] else -1 for i, j in pairs) / len(pairs))

    assert sqrt(2 * (2 * 12 + 5) / (9 * 12 * 11)) == pytest.approx(0.22, abs=0.002)
    assert float(np.std(values)) == pytest.approx(0.22, abs=0.01)
    assert pytest.approx(0.43, abs=0.005) == 1.96 * 0.221
    assert float(np.mean(np.abs(values) > 0.43)) == pytest.approx(0.05, abs=0.015)


def test_a_table_of_216_entries_at_10_seconds_takes_36_minutes() -> None:
    assert 18 * 12 == 216
    assert 216 * 10 / 60 == 36


def test_speeding_up_80_percent_threefold_gains_2_14_and_never_more_than_5() -> None:
    assert pytest.approx(2.14, abs=0.005) == 1 / (0.2 + 0.8 / 3)
    assert 1 / 0.2 == 5


def test_a_ratio_of_0_703_is_a_speed_up_of_1_42_and_2_1_short_of_3() -> None:
    assert pytest.approx(1.42, abs=0.005) == 1 / 0.703
    assert pytest.approx(2.1, abs=0.01) == 3 * 0.703


def optimized_operators(inputs: int, path: Path) -> set[str]:
    weights = np.random.default_rng(0).normal(size=(32, inputs, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inputs, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32, 16, 16])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return {node.domain for node in onnx.load(path).graph.node}


def test_a_convolution_takes_the_blocked_layout_with_a_multiple_of_4_input_channels_only(tmp_path: Path) -> None:
    blocked = "com.microsoft.nchwc"
    operators = {inputs: optimized_operators(inputs, tmp_path / f"{inputs}.onnx") for inputs in (3, 32, 33, 34, 36)}

    if blocked not in operators[32]:
        pytest.skip("this CPU has no blocked layout in ONNX Runtime")

    assert {inputs for inputs, names in operators.items() if blocked in names} == {3, 32, 36}
