"""Claims made in the interview questions on pruning."""

import zlib
from math import erf, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

Float32 = npt.NDArray[np.float32]


def conv_model(
    weights: npt.NDArray[np.int8] | Float32, bias: Float32 | None = None, *, padding: int = 1
) -> onnx.ModelProto:
    """One float convolution whose weights are stored as given, with a DequantizeLinear in between if they are int8."""
    initializers = [numpy_helper.from_array(weights, "w")]
    nodes = []
    kernel = "w"
    if weights.dtype == np.int8:
        initializers.append(numpy_helper.from_array(np.asarray(0.01, dtype=np.float32), "scale"))
        nodes.append(helper.make_node("DequantizeLinear", ["w", "scale"], ["real"]))
        kernel = "real"
    inputs = ["x", kernel]
    if bias is not None:
        initializers.append(numpy_helper.from_array(bias, "b"))
        inputs.append("b")
    nodes.append(helper.make_node("Conv", inputs, ["y"], pads=[padding] * 4))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, weights.shape[1], 8, 8])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(model: onnx.ModelProto, x: Float32) -> Float32:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def with_zeros(share: float) -> npt.NDArray[np.int8]:
    generator = np.random.default_rng(0)
    weights = generator.integers(1, 128, size=(64, 64, 3, 3))
    weights[generator.random(weights.shape) < share] = 0
    return weights.astype(np.int8)


def test_a_file_with_70_percent_zeros_is_as_large_as_before_but_compresses(tmp_path: Path) -> None:
    dense, sparse = tmp_path / "dense.onnx", tmp_path / "sparse.onnx"

    onnx.save(conv_model(with_zeros(0.0)), dense)
    onnx.save(conv_model(with_zeros(0.7)), sparse)

    assert sparse.stat().st_size == dense.stat().st_size
    assert len(zlib.compress(sparse.read_bytes())) < 0.6 * len(zlib.compress(dense.read_bytes()))


def test_a_bitmask_with_70_percent_zeros_in_int8_takes_3_4_bits_or_42_5_percent() -> None:
    weights = with_zeros(0.7)

    mask = np.packbits(weights.reshape(-1) != 0).nbytes
    values = weights[weights != 0].nbytes

    assert pytest.approx(3.4) == 1 + 0.3 * 8
    assert pytest.approx(0.425) == 3.4 / 8
    assert (mask + values) / weights.nbytes == pytest.approx(0.425, abs=0.01)


def test_a_threshold_of_one_sigma_removes_68_percent_of_normal_weights_and_half_a_sigma_38() -> None:
    weights = np.random.default_rng(0).normal(scale=0.03, size=200_000)

    removed = {q: float((np.abs(weights) < q * weights.std()).mean()) for q in (1.0, 0.5)}

    assert erf(1 / sqrt(2)) == pytest.approx(0.68, abs=0.005)
    assert removed == {1.0: pytest.approx(0.68, abs=0.01), 0.5: pytest.approx(0.38, abs=0.01)}


def test_pruning_inside_a_residual_block_halves_it_and_outside_too_leaves_a_quarter() -> None:
    def block(outer: int, inner: int) -> int:
        return 28 * 28 * 9 * (outer * inner + inner * outer)

    assert block(64, 64) == 57_802_752
    assert block(64, 32) / block(64, 64) == 0.5
    assert block(32, 32) / block(64, 64) == 0.25
    assert block(64, 16) / block(64, 64) == 0.25


def test_33_channels_cost_62_5_percent_in_blocks_of_8_instead_of_51_6() -> None:
    padded = -(-33 // 8) * 8

    assert padded == 40
    assert padded / 64 == 0.625
    assert pytest.approx(0.516, abs=0.0005) == 33 / 64


def masked_and_cut(padding: int) -> tuple[Float32, Float32, Float32]:
    """Outputs with a constant channel, with the channel cut, and cut with the constant moved into the bias."""
    generator = np.random.default_rng(1)
    weights = generator.normal(size=(4, 3, 3, 3)).astype(np.float32)
    x = generator.normal(size=(1, 3, 8, 8)).astype(np.float32)
    x[:, 2] = 0.7  # the masked channel: max(0, beta) everywhere

    bias = (0.7 * weights[:, 2].sum(axis=(1, 2))).astype(np.float32)

    return (
        run(conv_model(weights, padding=padding), x),
        run(conv_model(weights[:, :2], padding=padding), x[:, :2]),
        run(conv_model(weights[:, :2], bias, padding=padding), x[:, :2]),
    )


def test_cutting_a_constant_channel_changes_the_output_and_its_share_in_the_bias_restores_it() -> None:
    masked, cut, corrected = masked_and_cut(padding=0)

    assert np.abs(masked - cut).max() > 0.1
    assert np.allclose(masked, corrected, atol=1e-5)


def test_with_zero_padding_the_corrected_bias_is_right_inside_and_off_at_the_border() -> None:
    masked, _, corrected = masked_and_cut(padding=1)

    difference = np.abs(masked - corrected)

    assert difference[:, :, 1:-1, 1:-1].max() < 1e-5
    assert difference.max() > 0.1
