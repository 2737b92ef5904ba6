"""What the interview questions on number formats state, checked by running it."""

import math
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from grader.quantization.affine import dequantize, quantize, scale_and_zero_point

ACCUMULATORS = np.arange(-4032, 4032)


def test_a_range_from_minus_1_to_3_gives_scale_0_0157_and_zero_point_64() -> None:
    scale, zero_point = scale_and_zero_point(-1.0, 3.0)

    q = quantize(np.array([0.7, 0.0]), np.array(scale), np.array(zero_point), signed=False)
    back = dequantize(q, np.array(scale), np.array(zero_point))

    assert (round(scale, 6), zero_point) == (0.015686, 64)
    assert q.tolist() == [109, 64]
    assert round(float(back[0]), 4) == 0.7059
    assert back[1] == 0
    assert float(back[0]) - 0.7 < scale / 2


def test_rounding_the_zero_point_moves_the_range_by_a_quarter_of_a_step_there() -> None:
    scale, zero_point = scale_and_zero_point(-1.0, 3.0)

    ends = dequantize(np.array([0, 255]), np.array(scale), np.array(zero_point))

    assert [round(float(end), 4) for end in ends] == [-1.0039, 2.9961]


def test_float16_overflows_at_70000_and_bfloat16_does_not() -> None:
    assert np.isinf(_through(TensorProto.FLOAT16, 70_000))
    assert _through(TensorProto.BFLOAT16, 70_000) == 70_144
    assert _through(TensorProto.FLOAT16, 65_504) == 65_504


def test_bfloat16_loses_one_256th_beside_1_and_float16_keeps_it() -> None:
    assert _through(TensorProto.BFLOAT16, 1 + 1 / 256) == 1
    assert _through(TensorProto.FLOAT16, 1 + 1 / 256) == 1 + 1 / 256


def test_float16_flushes_1e_minus_8_to_zero_and_bfloat16_keeps_it() -> None:
    assert _through(TensorProto.FLOAT16, 1e-8) == 0
    assert abs(_through(TensorProto.BFLOAT16, 1e-8) / 1e-8 - 1) < 2**-8


def test_a_zero_point_of_the_weights_costs_a_sum_over_the_activations() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.integers(0, 256, (5, 64)), rng.integers(-128, 128, (64, 7))
    z_x, z_w = 37, -11

    exact = (x - z_x) @ (w - z_w)
    expanded = x @ w - z_x * w.sum(0) - z_w * x.sum(1, keepdims=True) + 64 * z_x * z_w

    np.testing.assert_array_equal(expanded, exact)
    np.testing.assert_array_equal((x - z_x) @ w, x @ w - z_x * w.sum(0))


def test_symmetric_levels_after_relu_use_half_of_int8() -> None:
    values = np.linspace(0, 6, 1001)

    signed = quantize(values, np.array(6 / 127), np.array(0), signed=True)
    unsigned = quantize(values, np.array(6 / 255), np.array(0), signed=False)

    assert (len(set(signed.tolist())), len(set(unsigned.tolist()))) == (128, 256)


def test_onnx_runtime_rounds_half_to_even_when_it_requantizes() -> None:
    np.testing.assert_array_equal(_requantized_by_onnx_runtime(64.0), np.rint(ACCUMULATORS / 64))


def test_half_up_differs_in_one_of_128_elements_by_plus_1_where_the_multiplier_is_2_to_the_minus_6() -> None:
    difference = ((ACCUMULATORS + 32) >> 6) - _requantized_by_onnx_runtime(64.0)

    assert np.mean(difference != 0) == 1 / 128
    assert set(difference.tolist()) == {0, 1}


def test_halves_away_from_0_differ_as_often_but_by_the_sign_of_the_accumulator() -> None:
    away = np.sign(ACCUMULATORS) * ((np.abs(ACCUMULATORS) + 32) >> 6)

    difference = away - _requantized_by_onnx_runtime(64.0)

    assert round(100 * float(np.mean(difference != 0)), 1) == 0.8
    assert (difference[difference != 0] == np.sign(ACCUMULATORS[difference != 0])).all()


def test_a_shift_without_rounding_differs_in_49_percent_of_the_elements_always_by_minus_1() -> None:
    difference = (ACCUMULATORS >> 6) - _requantized_by_onnx_runtime(64.0)

    assert np.mean(difference != 0) == 63 / 128
    assert set(difference.tolist()) == {0, -1}


def test_with_a_multiplier_that_is_no_power_of_two_31_bits_and_float32_agree() -> None:
    multiplier = 0.0123456789
    accumulators = np.random.default_rng(0).integers(-10_000, 10_000, 200_000)
    mantissa, exponent = math.frexp(multiplier)
    shift = 31 - exponent

    fixed = (accumulators * round(mantissa * 2**31) + (1 << (shift - 1))) >> shift
    single = np.rint(accumulators.astype(np.float32) * np.float32(multiplier)).astype(np.int64)

    assert np.mean(fixed != single) < 1e-4


def test_4608_products_of_uint8_and_int8_need_29_bits_at_worst() -> None:
    worst = 4608 * 255 * 128

    assert worst == 150_405_120
    assert worst.bit_length() + 1 == 29


def test_an_int32_holds_65793_worst_products_a_24_bit_register_257_and_an_int16_one() -> None:
    product = 255 * 128

    assert [(2 ** (bits - 1) - 1) // product for bits in (32, 24, 16)] == [65_793, 257, 1]


def test_with_weights_within_64_a_24_bit_register_holds_514_products() -> None:
    assert (2**23 - 1) // (255 * 64) == 514


def test_partial_sums_stay_within_the_bounds_from_the_weights_and_one_input_reaches_each() -> None:
    rng = np.random.default_rng(0)
    weights = rng.integers(-40, 41, 4608)
    low, high = (255 * int(weights[sign * weights > 0].sum()) for sign in (-1, 1))

    partial = np.cumsum(rng.integers(0, 256, (100, 4608)) * weights, axis=1)
    reached = [int((255 * (sign * weights > 0)) @ weights) for sign in (-1, 1)]

    assert low <= partial.min() <= partial.max() <= high
    assert reached == [low, high]
    assert high < 4608 * 255 * 128 / 4


def _through(dtype: int, value: float) -> float:
    nodes = [
        helper.make_node("Cast", ["x"], ["narrow"], to=dtype),
        helper.make_node("Cast", ["narrow"], ["y"], to=TensorProto.FLOAT),
    ]
    floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    return float(_session(nodes, floats[0], floats[1]).run(None, {"x": np.array([value], np.float32)})[0][0])


def _requantized_by_onnx_runtime(divisor: float) -> Any:
    """Each accumulator divided by `divisor`, as QLinearMatMul does it: from one product with 1 and one with 16."""
    high, low = np.divmod(np.abs(ACCUMULATORS), 16)
    positive = ACCUMULATORS >= 0
    a = np.stack([low * positive, low * ~positive, high * positive, high * ~positive], axis=1).astype(np.uint8)
    b = np.array([[1], [-1], [16], [-16]], np.int8)
    constants = {
        "sa": np.float32(1), "za": np.uint8(0), "b": b, "sb": np.float32(1), "zb": np.int8(0),
        "sy": np.float32(divisor), "zy": np.uint8(128),
    }  # fmt: skip
    node = helper.make_node("QLinearMatMul", ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"])
    session = _session(
        [node],
        helper.make_tensor_value_info("a", TensorProto.UINT8, [None, 4]),
        helper.make_tensor_value_info("y", TensorProto.UINT8, [None, 1]),
        constants,
    )
    return session.run(None, {"a": a})[0][:, 0].astype(np.int64) - 128


def _session(nodes: list[Any], x: Any, y: Any, constants: dict[str, Any] | None = None) -> ort.InferenceSession:
    initializers = [numpy_helper.from_array(np.asarray(v), name) for name, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "graph", [x], [y], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
