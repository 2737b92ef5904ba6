"""What the questions on quantization robustness claim about equalisation, rounding onto a grid and rotation."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, qdq_loss_debug, quantize_static

from grader.quantization.affine import dequantize, quantize, sqnr_db, symmetric_scale

Array = np.ndarray[Any, Any]


class Batches(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Three random batches."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self._items = iter([rng.standard_normal((1, 8, 8, 8)).astype(np.float32) for _ in range(3)])

    def get_next(self) -> dict[str, Any] | None:
        item = next(self._items, None)
        return None if item is None else {"input": item}


def two_layers_with_one_enormous_channel_in_the_second(path: Path) -> None:
    rng = np.random.default_rng(0)
    nodes, weights, source = [], [], "input"
    for at in range(2):
        values = (rng.standard_normal((8, 8, 3, 3)) / 6).astype(np.float32)
        if at == 1:
            values[0] *= 10_000
        weights.append(numpy_helper.from_array(values, f"w{at}"))
        nodes.append(helper.make_node("Conv", [source, f"w{at}"], [f"c{at}"], name=f"conv{at}", pads=[1] * 4))
        nodes.append(helper.make_node("Relu", [f"c{at}"], [f"r{at}"], name=f"relu{at}"))
        source = f"r{at}"
    shape = [1, 8, 8, 8]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(source, TensorProto.FLOAT, shape)]
    model = helper.make_model(
        helper.make_graph(nodes, "net", inputs, outputs, weights), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 9
    onnx.save(model, path)


def round_trip(x: Array, axis: int | None = None) -> Array:
    scale = symmetric_scale(np.abs(x).max(axis=axis))
    return dequantize(quantize(x, scale, np.array(0)), scale, np.array(0))


def hadamard(size: int) -> Array:
    matrix = np.array([[1.0]])
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return np.asarray(matrix / np.sqrt(size))


def with_one_large_channel() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((512, 64))
    x[:, 3] *= 64
    return x, rng.standard_normal((64, 64))


def smoothed_sqnr(x: Array, weights: Array, alpha: float) -> float:
    s = np.abs(x).max(axis=0) ** alpha / np.abs(weights).max(axis=1) ** (1 - alpha)
    return sqnr_db(x @ weights, round_trip(x / s) @ round_trip(weights * s[:, None], axis=0))


def test_9_db_is_noise_of_an_eighth_of_the_power_and_34_db_of_a_25th_of_a_percent() -> None:
    noise = {db: 100 * 10 ** (-db / 10) for db in (9, 34)}

    assert round(noise[9], 1) == 12.6
    assert round(noise[34], 2) == 0.04


def test_onnx_runtime_matches_activations_of_both_models_and_gives_their_sqnr(tmp_path: Path) -> None:
    two_layers_with_one_enormous_channel_in_the_second(tmp_path / "float.onnx")
    quantize_static(
        tmp_path / "float.onnx",
        tmp_path / "int8.onnx",
        Batches(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )

    activations = []
    for name in ("int8", "float"):
        augmented = str(tmp_path / f"{name}.augmented.onnx")
        qdq_loss_debug.modify_model_output_intermediate_tensors(str(tmp_path / f"{name}.onnx"), augmented)
        activations.append(qdq_loss_debug.collect_activations(augmented, Batches()))
    matched = qdq_loss_debug.create_activation_matching(*activations)
    errors = qdq_loss_debug.compute_activation_error(matched)

    exact, rounded = (np.reshape(matched["r1"][kind], (3, 8, 64)) for kind in ("float", "post_qdq"))
    assert set(errors) == {"input", "r0", "r1"}
    assert np.isclose(errors["r1"]["xmodel_err"], sqnr_db(exact, rounded), atol=0.1)
    assert errors["r1"]["xmodel_err"] > 30
    assert exact[:, 1:].max() > 1
    assert not rounded[:, 1:].any()


def test_weights_that_even_out_the_channels_show_the_damage_that_the_sqnr_of_their_input_hides() -> None:
    largest = np.array([40.0] + [0.4] * 7)
    x = np.random.default_rng(0).uniform(0, 1, (10_000, 8)) * largest
    step = 40 / 255

    rounded = np.rint(x / step) * step

    assert sqnr_db(x, rounded) > 40
    assert sqnr_db(x / largest, rounded / largest) < 16
    assert len(np.unique(rounded[:, 1])) == 4


def test_channel_b_spans_1_27_steps_of_the_weights_and_2_55_of_the_activations() -> None:
    weight_step, activation_step = float(symmetric_scale(4.0)), 40 / 255

    assert round(0.04 / weight_step, 2) == 1.27
    assert round(0.4 / activation_step, 2) == 2.55
    assert sorted(set(np.rint(np.linspace(-0.04, 0.04, 1000) / weight_step))) == [-1, 0, 1]
    assert sorted(set(np.rint(np.linspace(0, 0.4, 1000) / activation_step))) == [0, 1, 2, 3]


def test_beside_coordinates_up_to_320_a_score_up_to_0_62_becomes_0_and_any_other_one_step() -> None:
    scores, step = np.linspace(0, 1, 101), 320 / 255

    codes = np.rint(scores / step)

    assert not codes[scores <= 0.62].any()
    assert set(codes[scores > 0.63]) == {1}


def test_equalisation_makes_all_ranges_of_the_example_equal() -> None:
    first, second, activation = np.array([4, 0.04]), np.array([0.25, 25]), np.array([40, 0.4])

    factors = np.sqrt(first / second)

    assert np.allclose(factors, [4, 0.04])
    assert np.allclose(first / factors, 1)
    assert np.allclose(second * factors, 1)
    assert np.allclose(activation / factors, 10)


def test_equalisation_keeps_the_float_output_with_relu_and_changes_it_with_relu6() -> None:
    rng = np.random.default_rng(0)
    x, w1, b1 = rng.standard_normal((100, 8)), 3 * rng.standard_normal((8, 2)), rng.standard_normal(2)
    w2, s = rng.standard_normal((2, 4)), np.array([4, 0.04])

    relu = np.maximum(x @ w1 + b1, 0) @ w2
    relu_scaled = np.maximum(x @ (w1 / s) + b1 / s, 0) @ (w2 * s[:, None])
    relu6 = np.clip(x @ w1 + b1, 0, 6) @ w2
    relu6_scaled = np.clip(x @ (w1 / s) + b1 / s, 0, 6) @ (w2 * s[:, None])

    assert np.allclose(relu, relu_scaled)
    assert not np.allclose(relu6, relu6_scaled)


def test_weights_put_on_the_grid_with_the_maximum_kept_come_back_as_the_same_integers() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(1000)
    step = symmetric_scale(np.abs(weights).max())

    chosen = np.floor(weights / step) + rng.integers(0, 2, weights.shape)
    largest = np.abs(weights).argmax()
    chosen[largest] = np.rint(weights[largest] / step)
    chosen = np.clip(chosen, -127, 127)
    prepared = (chosen * step).astype(np.float32)

    again = quantize(prepared, symmetric_scale(np.abs(prepared).max()), np.array(0))
    assert np.array_equal(again, chosen)


def test_a_hadamard_transform_divides_the_peak_of_a_single_outlier_by_the_root_of_the_dimension() -> None:
    x = np.zeros(64)
    x[3] = 64

    rotated = x @ hadamard(64)

    assert np.allclose(np.abs(rotated), 64 / np.sqrt(64))


def test_smoothing_and_rotation_both_rescue_the_output_in_int8() -> None:
    x, weights = with_one_large_channel()
    rotation = hadamard(64)

    untreated = sqnr_db(x @ weights, round_trip(x) @ round_trip(weights, axis=0))
    rotated = sqnr_db(x @ weights, round_trip(x @ rotation) @ round_trip(rotation.T @ weights, axis=0))

    assert np.allclose(x @ weights, (x @ rotation) @ (rotation.T @ weights))
    assert round(untreated, 1) == 25.5
    assert round(rotated, 1) == 40.3
    assert round(smoothed_sqnr(x, weights, 0.5), 1) == 39.9
    assert round(smoothed_sqnr(x, weights, 1.0), 1) == 34.9
