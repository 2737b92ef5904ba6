"""Claims made in the interview questions on training frameworks."""

from math import erf, sqrt

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def test_float32_values_near_40_are_3_8e_6_apart_and_an_error_of_3e_5_is_8_spacings() -> None:
    spacing = float(np.spacing(np.float32(40)))

    assert spacing == 2.0**-18
    assert 3e-5 / spacing == pytest.approx(7.9, abs=0.05)


def test_between_1_and_2_an_error_of_0_02_is_168000_spacings() -> None:
    assert 0.02 / float(np.spacing(np.float32(1.5))) == pytest.approx(168_000, rel=0.002)


def test_summing_1152_products_in_another_order_stays_near_the_square_root_estimate_and_below_the_bound() -> None:
    generator = np.random.default_rng(0)
    unit = 2.0**-24
    ratios = []
    for _ in range(200):
        products = (generator.normal(size=1152) * generator.normal(size=1152)).astype(np.float32)
        scale = float(np.abs(products).astype(np.float64).sum())
        in_order = float(np.cumsum(products, dtype=np.float32)[-1])
        shuffled = float(np.cumsum(generator.permutation(products), dtype=np.float32)[-1])
        ratios.append(abs(in_order - shuffled) / scale)

    assert sqrt(1152) * unit == pytest.approx(2e-6, rel=0.02)
    assert max(ratios) < sqrt(1152) * unit
    assert max(ratios) > 0
    assert max(ratios) < 1152 * unit


def test_an_epsilon_of_1e_3_instead_of_1e_5_is_off_by_1_percent_at_a_variance_of_0_05() -> None:
    assert sqrt((0.05 + 1e-3) / (0.05 + 1e-5)) == pytest.approx(1.0098, abs=5e-5)


def test_the_tanh_form_of_gelu_differs_from_the_exact_one_by_less_than_5e_4() -> None:
    x = np.linspace(-8, 8, 20_001)
    exact = x * np.asarray([0.5 * (1 + erf(v / sqrt(2))) for v in x])

    approximate = 0.5 * x * (1 + np.tanh(sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

    assert 4e-4 < np.abs(exact - approximate).max() < 5e-4


def test_rounding_to_10_bits_of_mantissa_errs_by_at_most_5e_4_relative() -> None:
    x = np.linspace(1, 2, 10_001, endpoint=False)

    rounded = np.rint(x * 2**10) / 2**10

    assert np.abs(rounded / x - 1).max() < 5e-4


def test_one_batch_of_mean_5_moves_a_running_mean_of_0_to_0_5() -> None:
    names = ["x", "scale", "bias", "mean", "variance"]
    node = helper.make_node(
        "BatchNormalization", names, ["y", "new_mean", "new_variance"], training_mode=1, momentum=0.9
    )
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 1, 2, 2] if name == "x" else [1]) for name in names
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in node.output]
    model = helper.make_model(
        helper.make_graph([node], "g", inputs, outputs), opset_imports=[helper.make_opsetid("", 15)]
    )
    x = np.random.default_rng(0).normal(size=(4, 1, 2, 2)).astype(np.float32)
    zero, one = np.zeros(1, dtype=np.float32), np.ones(1, dtype=np.float32)

    _, mean, _ = ReferenceEvaluator(model).run(
        None, {"x": x - x.mean() + 5, "scale": one, "bias": zero, "mean": zero, "variance": one}
    )

    assert float(mean[0]) == pytest.approx(0.5, abs=1e-6)


def test_with_the_rounding_residue_held_constant_the_gradients_are_one_and_the_residue() -> None:
    v, s = np.asarray([0.23, -0.71, 0.44]), 0.1
    residue = np.rint(v / s) - v / s
    step = 1e-6

    def frozen(values: np.ndarray, scale: float) -> np.ndarray:
        return scale * (values / scale + residue)

    by_value = (frozen(v + step, s) - frozen(v - step, s)) / (2 * step)
    by_scale = (frozen(v, s + step) - frozen(v, s - step)) / (2 * step)

    assert np.allclose(frozen(v, s), np.rint(v / s) * s)
    assert by_value == pytest.approx(1, abs=1e-6)
    assert by_scale == pytest.approx(residue, abs=1e-6)


def test_rounding_itself_has_a_numerical_gradient_of_zero() -> None:
    v, s, step = np.asarray([0.23, -0.71, 0.44]), 0.1, 1e-6

    gradient = (np.rint((v + step) / s) * s - np.rint((v - step) / s) * s) / (2 * step)

    assert not gradient.any()
