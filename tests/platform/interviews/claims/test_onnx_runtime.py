"""Claims of the interview questions on ONNX Runtime, checked by running it."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper


def _two_convolutions(*, pair_between: bool, activation: str = "", zero_point: int = 128) -> onnx.ModelProto:
    """Two QDQ convolutions in a row, with or without the Q/DQ pair between them, each followed by an activation."""
    rng = np.random.default_rng(0)
    names = ("first", "second")
    constants = [
        numpy_helper.from_array(np.float32(0.05), "s"),
        numpy_helper.from_array(np.uint8(zero_point), "z"),
        numpy_helper.from_array(np.float32(0.01), "ws"),
        numpy_helper.from_array(np.int8(0), "wz"),
        *(
            numpy_helper.from_array(rng.integers(-60, 60, (16, 16, 3, 3), dtype=np.int8), f"{name}_weights")
            for name in names
        ),
    ]
    nodes = []
    previous = "x"
    for index, name in enumerate(names):
        if index == 0 or pair_between:
            nodes += [
                helper.make_node("QuantizeLinear", [previous, "s", "z"], [f"{name}_q"]),
                helper.make_node("DequantizeLinear", [f"{name}_q", "s", "z"], [f"{name}_x"]),
            ]
            previous = f"{name}_x"
        nodes += [
            helper.make_node("DequantizeLinear", [f"{name}_weights", "ws", "wz"], [f"{name}_w"]),
            helper.make_node("Conv", [previous, f"{name}_w"], [f"{name}_y"], pads=[1, 1, 1, 1]),
        ]
        previous = f"{name}_y"
        if activation:
            nodes.append(helper.make_node(activation, [previous], [f"{name}_activated"]))
            previous = f"{name}_activated"
    nodes += [
        helper.make_node("QuantizeLinear", [previous, "s", "z"], ["last_q"]),
        helper.make_node("DequantizeLinear", ["last_q", "s", "z"], ["y"]),
    ]
    shape = [1, 16, 8, 8]
    graph = helper.make_graph(
        nodes,
        "two_convolutions",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _optimized(model: onnx.ModelProto, where: Path, level: ort.GraphOptimizationLevel) -> onnx.GraphProto:
    """The graph that ONNX Runtime really runs."""
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(where / "optimized.onnx")
    options.log_severity_level = 3
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return onnx.load(where / "optimized.onnx").graph


def _executed(model: onnx.ModelProto, where: Path, level: ort.GraphOptimizationLevel) -> list[str]:
    """The operators of the graph that ONNX Runtime really runs."""
    return [node.op_type for node in _optimized(model, where, level).node]


def _sum_of_extremes(depth: int, config: dict[str, str]) -> set[int]:
    """What ONNX Runtime makes of `depth` products of 255 and 127."""
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "extremes",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [4, depth])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [4, 8])],
        [numpy_helper.from_array(np.full((depth, 8), 127, np.int8), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = ort.SessionOptions()
    for key, value in config.items():
        options.add_session_config_entry(key, value)
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": np.full((4, depth), 255, np.uint8)})
    return set(y.ravel().tolist())


def test_a_complete_qdq_pattern_runs_as_two_integer_convolutions(tmp_path: Path) -> None:
    model = _two_convolutions(pair_between=True)

    ops = _executed(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)

    assert ops.count("QLinearConv") == 2
    assert "Conv" not in ops
    assert "FusedConv" not in ops


def test_one_missing_pair_sends_both_neighbours_back_to_float(tmp_path: Path) -> None:
    model = _two_convolutions(pair_between=False)

    ops = _executed(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)

    assert "QLinearConv" not in ops
    assert ops.count("Conv") + ops.count("FusedConv") == 2


def test_in_a_float_stretch_the_weights_are_dequantized_on_every_run(tmp_path: Path) -> None:
    model = _two_convolutions(pair_between=False)

    graph = _optimized(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)

    dequantized = {node.input[0] for node in graph.node if node.op_type == "DequantizeLinear"}
    assert {"first_weights", "second_weights"} <= dequantized
    assert {w.name: w.data_type for w in graph.initializer}["first_weights"] == TensorProto.INT8


def test_a_relu_is_absorbed_if_the_range_starts_at_zero(tmp_path: Path) -> None:
    model = _two_convolutions(pair_between=True, activation="Relu", zero_point=0)

    ops = _executed(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)

    assert ops.count("QLinearConv") == 2
    assert "Relu" not in ops


@pytest.mark.parametrize(("activation", "zero_point"), [("Relu", 128), ("HardSwish", 0), ("HardSwish", 128)])
def test_a_relu_on_a_symmetric_range_and_a_hard_swish_keep_the_convolutions_in_float(
    tmp_path: Path, activation: str, zero_point: int
) -> None:
    model = _two_convolutions(pair_between=True, activation=activation, zero_point=zero_point)

    ops = _executed(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)

    assert "QLinearConv" not in ops
    assert ops.count("Conv") + ops.count("FusedConv") == 2


def test_without_optimization_a_qdq_graph_runs_in_float(tmp_path: Path) -> None:
    model = _two_convolutions(pair_between=True)

    ops = _executed(model, tmp_path, ort.GraphOptimizationLevel.ORT_DISABLE_ALL)

    assert ops.count("Conv") == 2
    assert ops.count("QuantizeLinear") == 3
    assert "QLinearConv" not in ops


def test_a_profile_names_operator_provider_and_duration_of_every_node(tmp_path: Path) -> None:
    options = ort.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(tmp_path / "profile")
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(
        _two_convolutions(pair_between=True).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    session.run(None, {"x": np.zeros((1, 16, 8, 8), np.float32)})
    events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))

    kernels = [e for e in events if e.get("cat") == "Node" and e["name"].endswith("_kernel_time")]
    assert {"QLinearConv"} <= {e["args"]["op_name"] for e in kernels}
    assert {e["args"]["provider"] for e in kernels} == {"CPUExecutionProvider"}
    assert all(e["dur"] >= 0 for e in kernels)


def test_with_exact_sums_no_product_of_extremes_saturates() -> None:
    assert _sum_of_extremes(64, {"session.x64quantprecision": "1"}) == {2_072_640}
    assert 64 * 255 * 127 == 2_072_640


def test_the_ordinary_kernels_give_the_exact_sum_or_that_of_saturated_pairs() -> None:
    """Which one depends on the CPU: on x86 without VNNI, such as the CPU the answer speaks of, pairs saturate."""
    (total,) = _sum_of_extremes(64, {})

    assert total in {2_072_640, 1_048_544}
    assert 32 * 32_767 == 1_048_544
    assert 2 * 255 * 127 == 64_770 > 32_767


def test_partitions_eat_the_gain_of_an_accelerator() -> None:
    on_cpu, moved, speedup, there_and_back = 30.0, 24.0, 6.0, 1.6

    def total(partitions: int) -> float:
        return on_cpu - moved + moved / speedup + there_and_back * partitions

    assert round(total(1), 1) == 11.6
    assert round(total(9), 1) == 24.4
    assert total(12) < on_cpu < total(13)
    assert round((moved - moved / speedup) / there_and_back, 1) == 12.5
    assert round(on_cpu - moved + there_and_back * 9, 1) == 20.4
    assert round(total(9) - total(1), 1) == 12.8
