"""What the interview questions on deep learning basics state, checked by running it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

SHAPE = [1, 8, 8, 8]


def block_costs(tokens: int, width: int, mlp_ratio: int = 4) -> tuple[int, int, int]:
    """Weights, multiply-accumulates with weights, and multiply-accumulates between activations of one block."""
    weights = 4 * width**2 + 2 * mlp_ratio * width**2
    return weights, tokens * weights, 2 * tokens**2 * width


def test_a_block_of_width_384_has_1_77_million_weights_and_349_million_products_with_them() -> None:
    weights, with_weights, attention = block_costs(197, 384)

    assert weights == 12 * 384**2 == 1_769_472
    assert with_weights == 348_585_984
    assert attention == 29_805_312
    assert round(100 * attention / (attention + with_weights), 1) == 7.9


def test_twice_the_image_side_makes_attention_a_quarter_of_the_block() -> None:
    before, after = block_costs(197, 384), block_costs(785, 384)

    assert after[0] == before[0]
    assert after[1:] == (1_389_035_520, 473_260_800)
    assert round(100 * after[2] / (after[1] + after[2]), 1) == 25.4
    assert round(after[1] / before[1], 2) == 3.98
    assert round(after[2] / before[2], 1) == 15.9


def test_attention_overtakes_the_weights_at_six_times_the_width() -> None:
    _, with_weights, attention = block_costs(6 * 384, 384)

    assert attention == with_weights


def test_folding_batch_normalisation_into_the_convolution_keeps_the_outputs() -> None:
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(8, 8, 3, 3)).astype(np.float32)
    gamma, beta, mean = (rng.normal(size=8).astype(np.float32) for _ in range(3))
    variance = rng.uniform(0.1, 2, size=8).astype(np.float32)
    x = rng.normal(size=SHAPE).astype(np.float32)
    factor = gamma / np.sqrt(variance + np.float32(1e-5))
    normalise = helper.make_node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], ["y"], epsilon=1e-5)

    expected = _run(
        [_conv("x", "w", "a"), normalise], x, w=weight, gamma=gamma, beta=beta, mean=mean, variance=variance
    )
    folded = _run(
        [helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1] * 4)],
        x,
        w=weight * factor[:, None, None, None],
        b=beta - mean * factor,
    )

    np.testing.assert_allclose(folded, expected, rtol=1e-4, atol=1e-4)


def test_onnx_runtime_folds_the_normalisation_itself(tmp_path: Path) -> None:
    ones = np.ones(8, np.float32)
    normalise = helper.make_node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], ["y"])
    path = tmp_path / "model.onnx"

    onnx.save(
        _model(
            [_conv("x", "w", "a"), normalise],
            w=np.ones((8, 8, 3, 3), np.float32),
            gamma=ones * 2,
            beta=ones,
            mean=ones,
            variance=ones,
        ),
        path,
    )

    assert "BatchNormalization" not in _executed(path)


def test_folding_one_strong_channel_stretches_a_per_tensor_range() -> None:
    gamma_over_sigma = np.array([1.0, 1.0, 1.0, 40.0])
    weights = np.full((4, 9), 0.5) * gamma_over_sigma[:, None]

    scale = np.abs(weights).max() / 127

    assert np.rint(weights[0] / scale).max() == 3


@pytest.mark.parametrize(
    ("activation", "between"),
    [
        ("Relu", []),
        ("Relu6", []),
        ("SiLU", ["QLinearSigmoid", "QLinearMul"]),
        ("HardSwish", ["DequantizeLinear", "HardSigmoid", "Mul", "QuantizeLinear"]),
        ("Gelu", ["DequantizeLinear", "Gelu", "QuantizeLinear"]),
    ],
)
def test_onnx_runtime_keeps_hard_swish_and_gelu_in_float_between_integer_convolutions(
    activation: str, between: list[str], tmp_path: Path
) -> None:
    source, quantized = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    onnx.save(_two_convolutions(activation), source)

    quantize_static(
        source,
        quantized,
        _Inputs(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )
    kernels = [kernel for kernel in _executed(quantized) if kernel != "Transpose"]

    assert kernels == ["QuantizeLinear", "QLinearConv", *between, "QLinearConv", "DequantizeLinear"]


class _Inputs(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._items: Iterator[dict[str, Any]] = iter([{"x": rng.normal(size=SHAPE).astype(np.float32)}] * 2)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._items, None)


def _two_convolutions(activation: str) -> onnx.ModelProto:
    between = {
        "Relu": [helper.make_node("Relu", ["a"], ["b"])],
        "Relu6": [helper.make_node("Clip", ["a", "low", "high"], ["b"])],
        "SiLU": [helper.make_node("Sigmoid", ["a"], ["s"]), helper.make_node("Mul", ["a", "s"], ["b"])],
        "HardSwish": [helper.make_node("HardSwish", ["a"], ["b"])],
        "Gelu": [helper.make_node("Gelu", ["a"], ["b"])],
    }[activation]
    rng = np.random.default_rng(0)
    bounds = {"low": np.float32(0), "high": np.float32(6)} if activation == "Relu6" else {}
    return _model(
        [_conv("x", "w", "a"), *between, _conv("b", "v", "y")],
        w=rng.normal(size=(8, 8, 3, 3)).astype(np.float32),
        v=rng.normal(size=(8, 8, 3, 3)).astype(np.float32),
        **bounds,
    )


def _conv(x: str, weight: str, y: str) -> onnx.NodeProto:
    return helper.make_node("Conv", [x, weight], [y], pads=[1] * 4)


def _model(nodes: list[onnx.NodeProto], **constants: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, SHAPE)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def _run(nodes: list[onnx.NodeProto], x: Any, **constants: Any) -> Any:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(
        _model(nodes, **constants).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]


def _executed(path: Path) -> list[str]:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(path.with_suffix(".optimized.onnx"))
    ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
