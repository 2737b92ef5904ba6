"""What the questions on mixed precision claim about excluded layers, budgets and borders."""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import onnx
import onnxruntime as ort
from onnx import TensorProto
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

from tests.platform.interviews.claims.networks import Batches, three_convolutions


def quantize_without_the_middle(scratch: Path) -> Path:
    source, target = scratch / "float.onnx", scratch / "mixed.onnx"
    three_convolutions(source)
    quantize_static(
        source,
        target,
        Batches(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=["conv1"],
    )
    return target


def executed_operators(
    path: Path,
    disabled: list[str],
    configured: str = "",
    level: ort.GraphOptimizationLevel = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
) -> Counter[str]:
    optimised = path.with_suffix(".optimised.onnx")
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    settings.optimized_model_filepath = str(optimised)
    settings.graph_optimization_level = level
    if configured:
        settings.add_session_config_entry("optimization.disable_specified_optimizers", configured)
    ort.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"], disabled_optimizers=disabled)
    return Counter(node.op_type for node in onnx.load(optimised).graph.node)


def best(gains: dict[str, float], costs: dict[str, int], budget: int, interactions: dict[str, float]) -> str:
    def value(chosen: Iterable[str]) -> float:
        chosen = tuple(chosen)
        pairs = ("".join(pair) for pair in combinations(chosen, 2))
        return sum(gains[name] for name in chosen) + sum(interactions.get(pair, 0.0) for pair in pairs)

    affordable = [
        chosen
        for size in range(len(gains) + 1)
        for chosen in combinations(sorted(gains), size)
        if sum(costs[name] for name in chosen) <= budget
    ]
    return "".join(max(affordable, key=value))


def test_an_excluded_convolution_between_quantized_ones_keeps_float_weights_in_the_file(tmp_path: Path) -> None:
    mixed = quantize_without_the_middle(tmp_path)

    types = {item.name: item.data_type for item in onnx.load(mixed).graph.initializer}
    assert types["w1"] == TensorProto.FLOAT
    assert types["w0_quantized"] == types["w2_quantized"] == TensorProto.INT8


def test_it_still_runs_as_an_integer_kernel_by_default(tmp_path: Path) -> None:
    mixed = quantize_without_the_middle(tmp_path)

    executed = executed_operators(mixed, disabled=[])

    assert executed == {"QuantizeLinear": 1, "QLinearConv": 3, "DequantizeLinear": 1}


def test_at_the_default_level_it_runs_as_an_integer_kernel_too(tmp_path: Path) -> None:
    mixed = quantize_without_the_middle(tmp_path)

    executed = executed_operators(mixed, disabled=[], level=ort.SessionOptions().graph_optimization_level)

    assert executed["QLinearConv"] == 3
    assert executed["Conv"] + executed["FusedConv"] == 0


def test_with_graph_optimisation_off_every_convolution_computes_in_float(tmp_path: Path) -> None:
    mixed = quantize_without_the_middle(tmp_path)

    executed = executed_operators(mixed, disabled=[], level=ort.GraphOptimizationLevel.ORT_DISABLE_ALL)

    assert executed["Conv"] == 3
    assert executed["QLinearConv"] == 0


def test_it_runs_in_float_once_weight_bias_quantization_is_disabled(tmp_path: Path) -> None:
    mixed = quantize_without_the_middle(tmp_path)

    executed = executed_operators(mixed, disabled=["WeightBiasQuantization"])

    assert executed["QLinearConv"] == 2
    assert executed["Conv"] + executed["FusedConv"] == 1
    assert executed["QuantizeLinear"] == executed["DequantizeLinear"] == 2


def test_a_session_option_disables_the_same_transformation(tmp_path: Path) -> None:
    mixed = quantize_without_the_middle(tmp_path)

    executed = executed_operators(mixed, disabled=[], configured="WeightBiasQuantization")

    assert executed["QLinearConv"] == 2
    assert executed["Conv"] + executed["FusedConv"] == 1


def test_the_additive_program_takes_b_and_c_and_interactions_turn_it_to_a_and_d() -> None:
    gains, costs = {"A": 6.6, "B": 5.0, "C": 5.0, "D": 3.2}, {"A": 60, "B": 50, "C": 50, "D": 40}
    measured = {"AD": 9.1 - 6.6 - 3.2, "BC": 6.1 - 5.0 - 5.0}

    assert best(gains, costs, 100, {}) == "BC"
    assert best(gains, costs, 100, measured) == "AD"
    assert round(measured["AD"], 1) == -0.7
    assert round(measured["BC"], 1) == -3.9


def test_greedy_by_improvement_per_kilobyte_takes_a_and_d() -> None:
    gains, costs = {"A": 6.6, "B": 5.0, "C": 5.0, "D": 3.2}, {"A": 60, "B": 50, "C": 50, "D": 40}

    left, chosen = 100, []
    for name in sorted(gains, key=lambda name: gains[name] / costs[name], reverse=True):
        if costs[name] <= left:
            left -= costs[name]
            chosen.append(name)

    assert chosen == ["A", "D"]
    assert round(gains["A"] + gains["D"], 1) == 9.8
    assert 50 * 49 // 2 == 1225


def test_protecting_the_first_convolution_of_the_resnet_8_costs_a_512th_of_a_late_one() -> None:
    first, late = 3 * 3 * 1 * 32 * 4 // 8, 3 * 3 * 128 * 128 * 4 // 8

    assert (first, late) == (144, 73_728)
    assert late // first == 512


def test_six_scattered_16_bit_layers_fit_into_10_ms_and_nine_in_one_stretch() -> None:
    base, layer, border = 8.0, 0.2, 0.05

    scattered = base + 6 * layer + 12 * border
    stretch = base + 6 * layer + 2 * border

    assert round(scattered, 2) == 9.8
    assert round(stretch, 2) == 9.3
    assert max(n for n in range(60) if base + n * (layer + 2 * border) <= 10) == 6
    assert max(n for n in range(60) if base + n * layer + 2 * border <= 10) == 9
    assert 65_535 / 255 == 257
    assert round(32_767 / 255, 1) == 128.5


def test_at_four_times_the_time_six_16_bit_layers_add_3_6_ms_and_two_in_one_stretch_end_at_9_3_ms() -> None:
    added = (4 - 1) * 0.2

    two = 8.0 + 2 * added + 2 * 0.05

    assert round(6 * added, 1) == 3.6
    assert round(two, 1) == 9.3
