"""Claims of the interview questions on C++ operators: requantization, and operators a runtime does not know."""

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, defs, helper


def _round_half_away(product: int, shift: int) -> int:
    """product / 2^shift, a half rounded away from zero."""
    sign = 1 if product >= 0 else -1
    return sign * ((abs(product) + (1 << (shift - 1))) >> shift)


def test_a_multiplier_of_0_0025_is_0_64_shifted_by_8() -> None:
    mantissa, exponent = np.frexp(0.05 * 0.002 / 0.04)

    assert round(0.05 * 0.002 / 0.04, 10) == 0.0025
    assert round(float(mantissa), 10) == 0.64
    assert exponent == -8
    assert round(float(mantissa) * 2**31) == 1_374_389_535


def test_an_accumulator_of_12345_becomes_31_with_rounding_and_30_without() -> None:
    product = 12_345 * 1_374_389_535

    assert _round_half_away(product, 31 + 8) == 31
    assert product >> (31 + 8) == 30
    assert round(12_345 * 0.0025, 4) == 30.8625
    assert 31 + -10 == 21


def test_the_product_needs_64_bits() -> None:
    assert 12_345 * 1_374_389_535 > 2**31 - 1


def test_int32_holds_132104_products_of_int8_activations_and_symmetric_weights() -> None:
    assert (2**31 - 1) // (128 * 127) == 132_104
    assert (2**31 - 1) // (255 * 127) == 66_311
    assert 3 * 3 * 512 == 4_608 < 66_311


def test_rounding_down_shifts_every_negative_value_by_up_to_a_step() -> None:
    exact = -12_345 * 0.0025

    assert (-12_345 * 1_374_389_535) >> 39 == -31
    assert _round_half_away(-12_345 * 1_374_389_535, 39) == -31
    assert round(exact, 4) == -30.8625
    assert (-12_100 * 1_374_389_535) >> 39 == -31
    assert _round_half_away(-12_100 * 1_374_389_535, 39) == -30


def test_onnx_runtime_refuses_an_operator_of_a_domain_nobody_registered() -> None:
    graph = helper.make_graph(
        [helper.make_node("HardSwishInt8", ["x"], ["y"], domain="example.company")],
        "custom",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("example.company", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    options = ort.SessionOptions()
    options.log_severity_level = 4

    with pytest.raises(Exception, match=r"example\.company"):
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def test_hard_swish_from_standard_operators_equals_the_formula() -> None:
    nodes = [
        helper.make_node("HardSigmoid", ["x"], ["gate"], alpha=1 / 6, beta=0.5),
        helper.make_node("Mul", ["x", "gate"], ["y"]),
    ]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [101]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "hard_swish", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.linspace(-6, 6, 101, dtype=np.float32)

    (y,) = session.run(None, {"x": x})

    assert np.allclose(y, x * np.clip(x + 3, 0, 6) / 6, atol=1e-6)


def test_hard_swish_is_a_standard_operator_from_opset_14() -> None:
    versions = {schema.since_version for schema in defs.get_all_schemas_with_history() if schema.name == "HardSwish"}

    assert min(versions) == 14


def test_one_megabyte_read_and_written_once_less_saves_a_quarter_of_a_millisecond_at_8_gb_per_second() -> None:
    assert 2 * 1e6 / 8e9 == 0.25e-3


def test_quantize_linear_rounds_a_half_to_the_even_neighbour() -> None:
    graph = helper.make_graph(
        [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["y"])],
        "halves",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.INT8, [4])],
        [helper.make_tensor("s", TensorProto.FLOAT, [], [1.0]), helper.make_tensor("z", TensorProto.INT8, [], [0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    (y,) = session.run(None, {"x": np.asarray([0.5, 1.5, 2.5, -0.5], np.float32)})

    assert y.tolist() == [0, 2, 2, 0]
