"""The arithmetic of affine quantization, held against ONNX Runtime's own operators."""

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from grader.quantization.affine import (
    dequantize,
    quantize,
    scale_and_zero_point,
    scaled_by_channel,
    sqnr_db,
    symmetric_scale,
)

REALS = st.floats(-1000, 1000, width=32)


def runtime_quantize_linear(x: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    node = helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"])
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [None]),
        helper.make_tensor_value_info("scale", TensorProto.FLOAT, []),
        helper.make_tensor_value_info("zero", TensorProto.INT8, []),
    ]
    outputs = [helper.make_tensor_value_info("q", TensorProto.INT8, [None])]
    model = helper.make_model(
        helper.make_graph([node], "q", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 9
    session = ort.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": x, "scale": np.array(scale, np.float32), "zero": np.array(zero_point, np.int8)})[0]


def test_it_quantizes_as_onnx_runtime_does() -> None:
    x = np.random.default_rng(0).normal(0, 40, 5000).astype(np.float32)
    x[:4] = [0.25, 0.75, -0.25, 1e9]  # ties, and far out of range

    ours = quantize(x, np.float32(0.5), np.int64(3))

    np.testing.assert_array_equal(ours, runtime_quantize_linear(x, 0.5, 3))


@given(REALS, REALS)
def test_zero_survives_the_round_trip_exactly(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low == high == 0 or max(abs(low), abs(high)) < 1e-30:
        return

    scale, zero_point = scale_and_zero_point(low, high)
    q = quantize(np.zeros(1), np.float64(scale), np.int64(zero_point), signed=False)

    assert dequantize(q, np.float64(scale), np.int64(zero_point))[0] == 0.0


@given(st.lists(st.floats(-5, 5, width=32), min_size=2, max_size=50))
def test_the_error_inside_the_range_is_at_most_half_a_step(xs: list[float]) -> None:
    x = np.array([*xs, -5.0, 5.0])

    scale, zero_point = scale_and_zero_point(-5.0, 5.0)
    back = dequantize(quantize(x, np.float64(scale), np.int64(zero_point), signed=False), scale, zero_point)

    assert np.abs(back - x).max() <= scale * (0.5 + 0.5 + 1e-6)  # half a step, and half for the rounded zero point


def test_it_refuses_a_scale_of_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        quantize(np.ones(3), np.zeros(1), np.zeros(1))


def test_it_refuses_an_upside_down_range() -> None:
    with pytest.raises(ValueError, match="below"):
        scale_and_zero_point(1.0, -1.0)


def test_channel_scaling_is_seen_as_the_same_weights() -> None:
    rng = np.random.default_rng(1)
    original = rng.normal(size=(16, 8, 3, 3))

    scaled = original * np.exp2(rng.uniform(-4, 4, (16, 1, 1, 1))) * np.exp2(rng.uniform(-4, 4, (1, 8, 1, 1)))

    assert scaled_by_channel(scaled, original) < 0.01


def test_int4_weights_are_still_the_same_weights() -> None:
    original = np.random.default_rng(2).normal(size=(32, 16, 3, 3))
    scale = np.abs(original).max(axis=(1, 2, 3), keepdims=True) / 7

    four_bits = quantize(original, scale, np.zeros(1), bits=4)

    assert scaled_by_channel(four_bits.astype(float), original) < 0.3


def test_other_weights_of_the_same_shape_are_seen_as_foreign() -> None:
    rng = np.random.default_rng(3)

    assert scaled_by_channel(rng.normal(size=(32, 16, 3, 3)), rng.normal(size=(32, 16, 3, 3))) > 0.8


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=50), st.sampled_from([2, 4, 8]))
def test_a_symmetric_scale_reaches_the_largest_value_and_needs_no_offset(xs: list[float], bits: int) -> None:
    x = np.array([*xs, 5.0])

    q = quantize(x, symmetric_scale(np.abs(x).max(), bits), np.array(0), bits)

    assert q.max() == 2 ** (bits - 1) - 1
    assert q.min() >= -q.max()


def test_an_empty_channel_has_no_scale() -> None:
    with pytest.raises(ValueError, match="empty"):
        symmetric_scale(np.array([1.0, 0.0]))


def test_the_signal_to_noise_ratio_gains_six_decibels_a_bit() -> None:
    x = np.random.default_rng(1).uniform(-1, 1, 100_000)

    ratios = [sqnr_db(x, dequantize(quantize(x, s := symmetric_scale(1.0, bits), 0, bits), s, 0)) for bits in (7, 8)]

    assert ratios[1] - ratios[0] == pytest.approx(6.02, abs=0.2)
    assert sqnr_db(x, x) == float("inf")


def test_silence_has_no_signal_to_noise_ratio() -> None:
    with pytest.raises(ValueError, match="zero"):
        sqnr_db(np.zeros(3), np.ones(3))
