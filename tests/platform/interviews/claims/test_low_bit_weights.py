"""What the questions on low-bit weights compute: sizes, limits of speed and the KV cache."""

from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from grader.quantization.packing import grouped_size

MIB = 2**20


def bits(group: int, *, scale: int = 16, zero_point: int = 0, width: int = 4) -> float:
    return width + (scale + zero_point) / group


def run_matmulnbits(groups: int, scales: type[Any]) -> np.ndarray[Any, Any]:
    node = helper.make_node(
        "MatMulNBits", ["a", "b", "scales"], ["y"], domain="com.microsoft", K=100, N=8, bits=4, block_size=32
    )
    constants = {"b": np.zeros((8, groups, 16), np.uint8), "scales": np.ones((8, groups), scales)}
    graph = helper.make_graph(
        [node],
        "net",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 100])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 9
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    session = ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    output: np.ndarray[Any, Any] = session.run(None, {"a": np.ones((1, 100), np.float32)})[0]
    return output


def test_a_group_of_32_takes_4_5_bits_and_one_of_128_takes_4_125() -> None:
    sizes = {group: grouped_size(4096, 4096, bits=4, group_size=group) for group in (32, 128)}

    assert sizes[32].bits_per_weight == bits(32) == 4.5
    assert sizes[128].bits_per_weight == bits(128) == 4.125
    assert bits(32, scale=32) == 5


def test_the_language_model_takes_1131_or_1070_megabytes_and_a_third_is_the_embedding() -> None:
    embedding = 0.2e9 * 2

    linear = {group: 1.3e9 * bits(group) / 8 for group in (32, 128)}
    total = {group: size + embedding for group, size in linear.items()}

    assert [round(size / 1e6) for size in linear.values()] == [731, 670]
    assert [round(size / 1e6) for size in total.values()] == [1131, 1070]
    assert [round(3e9 / size, 2) for size in total.values()] == [2.65, 2.80]
    assert [round(100 * embedding / size) for size in total.values()] == [35, 37]
    assert round((total[32] - total[128]) / 1e6) == 61


def test_a_row_of_100_weights_in_groups_of_32_takes_5_76_bits() -> None:
    size = grouped_size(1, 100, bits=4, group_size=32)

    assert round(size.bits_per_weight, 2) == 5.76
    assert round((4 * 32 * 4 + 4 * 16) / 100, 2) == 5.76


def test_matmulnbits_wants_100_weights_padded_to_four_groups_of_32() -> None:
    output = run_matmulnbits(groups=4, scales=np.float32)

    assert output.shape == (1, 8)
    with pytest.raises(ort.capi.onnxruntime_pybind11_state.Fail):
        run_matmulnbits(groups=3, scales=np.float32)


def test_matmulnbits_refuses_scales_of_another_type_than_its_input() -> None:
    with pytest.raises(ort.capi.onnxruntime_pybind11_state.Fail, match="Type"):
        run_matmulnbits(groups=4, scales=np.float16)


def test_reading_the_weights_limits_generation_to_8_3_and_29_6_tokens_a_second() -> None:
    weights, bandwidth = 3e9, 50e9

    half, four = weights * 2 / bandwidth, weights * bits(32) / 8 / bandwidth

    assert (round(1e3 * half), round(1e3 * four, 2)) == (120, 33.75)
    assert (round(1 / half, 1), round(1 / four, 1)) == (8.3, 29.6)
    assert (round(100 * 7.5 * half), round(100 * 24 * four)) == (90, 81)
    assert round(2 * weights * 512 / 1e12, 1) == 3.1


def test_the_kv_cache_takes_896_mib_and_equals_the_weights_near_7400_tokens() -> None:
    token = 2 * 28 * 8 * 128 * 2
    weights = 1.5e9 * bits(32) / 8

    cache = 8192 * token

    assert token == 114_688
    assert cache == 896 * MIB
    assert round(weights / 1e6) == 844
    assert 7_350 < weights / token < 7_400
    assert 128 * token == 14 * MIB
    assert 300 * MIB // token == 2_742
    assert round(1e3 * cache / 50e9, 1) == 18.8


def test_four_bit_keys_and_values_take_252_mib_and_eight_bit_ones_476() -> None:
    values = 2 * 28 * 8 * 128 * 8192

    four = values * bits(64, zero_point=16) / 8
    eight = values * bits(64, zero_point=16, width=8) / 8

    assert four == 252 * MIB
    assert eight == 476 * MIB
    assert round(1e3 * four / 50e9, 1) == 5.3


def test_sixty_flips_each_way_leave_accuracy_and_change_twelve_percent() -> None:
    to_wrong = to_right = 60

    assert to_right - to_wrong == 0
    assert 100 * (to_wrong + to_right) / 1000 == 12
