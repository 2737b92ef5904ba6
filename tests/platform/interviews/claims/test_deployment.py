"""What the interview questions on deployment say, computed and run."""

import hashlib
import math
from statistics import NormalDist

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper


def weights() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((4, 4)).astype(np.float32)


def matmul_model() -> bytes:
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "matmul",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(weights(), "w")],
    )
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def output(model: bytes) -> np.ndarray:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": np.ones((1, 4), np.float32)})[0])


def test_a_flipped_bit_in_a_weight_loads_without_complaint_and_only_hash_or_self_test_see_it() -> None:
    good = matmul_model()
    damaged = bytearray(good)
    damaged[good.find(weights().tobytes()) + 3] ^= 0x40

    before, after = output(good), output(bytes(damaged))

    assert hashlib.sha256(good).digest() != hashlib.sha256(bytes(damaged)).digest()
    assert not np.allclose(before, after)


def test_pixels_of_0_to_255_saturate_an_input_scale_made_for_0_to_1() -> None:
    scale = np.float32(1 / 255)
    graph = helper.make_graph(
        [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"])],
        "quantize",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [256])],
        [helper.make_tensor_value_info("q", TensorProto.UINT8, [256])],
        [numpy_helper.from_array(scale, "s"), numpy_helper.from_array(np.uint8(0), "z")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    raw = np.asarray(session.run(None, {"x": np.arange(256, dtype=np.float32)})[0])

    assert np.count_nonzero(raw == 255) == 255
    assert raw[0] == 0


def device_days(before: float, after: float, controls: int = 1) -> int:
    """Device-days on the new version, with `controls` times as many on the old one."""
    z = NormalDist().inv_cdf(0.95) + NormalDist().inv_cdf(0.80)
    spread = before * (1 - before) / controls + after * (1 - after)
    return math.ceil(z**2 * spread / (after - before) ** 2)


def test_device_days_needed_to_see_a_rate_rise() -> None:
    assert device_days(0.02, 0.04) == 897
    assert device_days(0.02, 0.025) == 10_876


def test_days_that_the_stages_take() -> None:
    assert math.ceil(897 / 500) == 2
    assert math.ceil(10_876 / 500) == 22
    assert math.ceil(10_876 / 5_000) == 3


def test_share_of_the_fleet_that_explains_a_drop() -> None:
    overall = 0.88 * 0.93 + 0.12 * 0.51

    assert round(overall, 2) == 0.88


def test_ten_times_as_many_controls_shorten_the_wait() -> None:
    days = device_days(0.02, 0.025, controls=10)

    assert days == 6_513
    assert math.ceil(days / 500) == 14
