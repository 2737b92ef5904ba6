"""The arithmetic that the interview questions on the cost of inference state."""

import platform
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper


def conv_costs(side: int, kernel: int, inputs: int, outputs: int) -> tuple[int, int]:
    """Weights and multiply-accumulates of a convolution with a square output of `side`."""
    weights = kernel**2 * inputs * outputs
    return weights, side**2 * weights


def test_three_layers_of_resnet_8_have_these_weights_and_products() -> None:
    stem, early, last = conv_costs(14, 3, 1, 32), conv_costs(14, 3, 32, 32), conv_costs(4, 3, 128, 128)

    assert stem == (288, 56_448)
    assert early == (9_216, 1_806_336)
    assert last == (147_456, 2_359_296)


def test_the_last_layer_of_resnet_8_holds_48_percent_of_the_weights_and_23_of_the_products() -> None:
    layers = [
        conv_costs(14, 3, 1, 32), conv_costs(14, 3, 32, 32), conv_costs(14, 3, 32, 32),
        conv_costs(7, 3, 32, 64), conv_costs(7, 3, 64, 64), conv_costs(7, 1, 32, 64),
        conv_costs(4, 3, 64, 128), conv_costs(4, 3, 128, 128), conv_costs(4, 1, 64, 128),
        conv_costs(1, 1, 128, 10),
    ]  # fmt: skip

    weights, products = (sum(column) for column in zip(*layers, strict=True))

    assert (weights, products) == (306_720, 10_150_272)
    assert [round(100 * layers[7][i] / total) for i, total in enumerate((weights, products))] == [48, 23]
    assert [round(100 * layers[1][i] / total) for i, total in enumerate((weights, products))] == [3, 18]
    assert 14 * 14 * 32 * 4 == 25_088
    assert 4 * 4 * 128 * 4 == 8_192


def test_a_pointwise_layer_has_45_and_a_depthwise_layer_4_5_products_for_each_byte() -> None:
    side, channels = 28, 96
    activations = 2 * side**2 * channels

    pointwise = side**2 * channels**2 / (activations + channels**2)
    depthwise = side**2 * channels * 9 / (activations + channels * 9)

    assert (round(pointwise, 1), round(depthwise, 2)) == (45.2, 4.47)


def test_a_matrix_vector_product_has_1_product_for_each_byte_of_int8_weights() -> None:
    rows = columns = 1024

    intensity = rows * columns / (rows * columns + rows + columns)

    assert round(intensity, 3) == 0.998


def test_the_ridge_of_40_gmac_and_8_gbyte_lies_at_5_products_a_byte() -> None:
    peak, bandwidth = 40e9, 8e9

    assert peak / bandwidth == 5
    assert bandwidth * 4.47 < peak < bandwidth * 45.2


def test_with_36_percent_of_the_convolution_time_12_ms_would_become_6_5_and_not_10_4() -> None:
    convolutions, reorder, other, outside = 8.6, 0.2, 2.6, 0.6

    best = convolutions * 0.36 + reorder + other + outside

    assert round(convolutions + reorder + other + outside, 1) == 12.0
    assert round(6.3 + 0.9 + other + outside, 1) == 10.4
    assert (round(best, 1), round(12 / best, 2), round(12 / 10.4, 2)) == (6.5, 1.85, 1.15)
    assert round(6.3 / 8.6, 2) == 0.73


def test_19_38_77_channels_keep_36_percent_of_the_products_and_24_40_80_keep_39_to_47() -> None:
    assert [round(19 * 38 / (32 * 64), 2), round(38 * 77 / (64 * 128), 2)] == [0.35, 0.36]
    assert [round(24 * 40 / (32 * 64), 2), round(40 * 80 / (64 * 128), 2)] == [0.47, 0.39]


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="the blocked layout of x86")
def test_on_x86_a_convolution_that_reads_19_channels_leaves_the_blocked_layout_and_one_that_reads_32_stays(
    tmp_path: Path,
) -> None:
    odd, even = _executed(19, tmp_path), _executed(32, tmp_path)

    assert [domain for operator, domain in odd if operator == "Conv"] == ["com.microsoft.nchwc", ""]
    assert [domain for operator, domain in even if operator == "Conv"] == ["com.microsoft.nchwc"] * 2
    assert [operator for operator, _ in odd] == ["Conv", "ReorderOutput", "Conv"]


def test_an_inverted_residual_at_112_peaks_at_1470_kib_in_its_depthwise_step() -> None:
    source, wide, reduced, output = 16 * 112**2, 96 * 112**2, 96 * 56**2, 24 * 56**2

    steps = [source + wide, wide + reduced, reduced + output]

    assert steps == [1_404_928, 1_505_280, 376_320]
    assert max(steps) / 1024 == 1470


def test_the_alternatives_peak_at_245_588_and_367_5_kib() -> None:
    without_expansion = max(16 * 112**2 + 16 * 56**2, 16 * 56**2 + 24 * 56**2)
    factor_two = max(16 * 112**2 + 32 * 112**2, 32 * 112**2 + 32 * 56**2)
    half_the_side = 96 * 56**2 + 96 * 28**2

    assert [peak / 1024 for peak in (without_expansion, factor_two, half_the_side)] == [245, 588, 367.5]


def test_strips_of_seven_rows_need_464_kib_and_6_percent_more_expansion() -> None:
    source, output = 16 * 112**2, 24 * 56**2
    strip = 15 * 112 * 96 + 7 * 56 * 96

    total = source + output + strip
    expanded_rows = 14 + 7 * 15

    assert total == 474_880
    assert total < 512 * 1024
    assert round(total / 1024) == 464
    assert (expanded_rows, expanded_rows / 112) == (119, 1.0625)


def _executed(channels: int, folder: Path) -> list[tuple[str, str]]:
    """The operators that ONNX Runtime runs for 3 → `channels` → 64 channels, each with its domain."""
    weights = {"w": (channels, 3, 3, 3), "v": (64, channels, 3, 3)}
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
            helper.make_node("Conv", ["a", "v"], ["y"], pads=[1] * 4),
        ],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 64, 16, 16])],
        [numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [(node.op_type, node.domain) for node in onnx.load(options.optimized_model_filepath).graph.node]
