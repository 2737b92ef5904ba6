"""What the questions on post-training quantization claim about sizes, kernels and 16-bit sums."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.quant_utils import get_qmin_qmax_for_qType

from tests.platform.interviews.claims.networks import CHANNELS, Batches, three_convolutions


def quantize_per_channel(source: Path, target: Path) -> None:
    quantize_static(
        source,
        target,
        Batches(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )


def executed_operators(path: Path) -> Counter[str]:
    optimised = path.with_suffix(".optimised.onnx")
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    settings.optimized_model_filepath = str(optimised)
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    ort.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    return Counter(node.op_type for node in onnx.load(optimised).graph.node)


def test_the_int8_file_of_the_resnet_8_is_weights_17_bytes_a_channel_and_the_graph() -> None:
    weights, channels, activations = 306_720, 682, 15
    float_file, int8_file = 1_233_895, 337_509

    per_channel = channels * (4 + 1 + 4 + 4 + 4)
    parameters = weights + per_channel + activations * (4 + 1)

    assert per_channel == 11_594
    assert parameters == 318_389
    assert int8_file - parameters == 19_120
    assert float_file - 4 * (weights + channels) == 4_287
    assert round(100 * int8_file / float_file, 1) == 27.4
    assert round(float_file / int8_file, 2) == 3.66


def test_a_per_channel_qdq_file_stores_17_bytes_for_each_output_channel(tmp_path: Path) -> None:
    three_convolutions(tmp_path / "float.onnx")

    quantize_per_channel(tmp_path / "float.onnx", tmp_path / "static.onnx")

    stored = [
        values
        for values in map(numpy_helper.to_array, onnx.load(tmp_path / "static.onnx").graph.initializer)
        if values.shape == (CHANNELS,)
    ]
    assert sum(values.nbytes for values in stored) == 3 * CHANNELS * 17


def test_static_quantization_runs_integer_convolutions_end_to_end(tmp_path: Path) -> None:
    three_convolutions(tmp_path / "float.onnx")

    quantize_per_channel(tmp_path / "float.onnx", tmp_path / "static.onnx")

    executed = executed_operators(tmp_path / "static.onnx")
    assert executed == {"QuantizeLinear": 1, "QLinearConv": 3, "DequantizeLinear": 1}


def test_dynamic_quantization_measures_casts_and_multiplies_around_every_convolution(tmp_path: Path) -> None:
    three_convolutions(tmp_path / "float.onnx")

    quantize_dynamic(tmp_path / "float.onnx", tmp_path / "dynamic.onnx")

    executed = executed_operators(tmp_path / "dynamic.onnx")
    assert executed["ConvInteger"] == executed["DynamicQuantizeLinear"] == executed["Cast"] == 3
    assert executed["Mul"] == 6
    assert executed["QLinearConv"] == 0


def test_one_missing_pair_sends_both_neighbouring_convolutions_back_to_float(tmp_path: Path) -> None:
    three_convolutions(tmp_path / "float.onnx")
    quantize_per_channel(tmp_path / "float.onnx", tmp_path / "static.onnx")
    model = onnx.load(tmp_path / "static.onnx")

    kept = [node for node in model.graph.node if not node.name.startswith(("r0_Quantize", "r0_Dequantize"))]
    for node in kept:
        for at, name in enumerate(node.input):
            if name.startswith("r0_DequantizeLinear_Output"):
                node.input[at] = "r0"
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, tmp_path / "hole.onnx")

    executed = executed_operators(tmp_path / "hole.onnx")
    assert executed["QLinearConv"] == 1
    assert executed["Conv"] + executed["FusedConv"] == 2


def test_two_products_of_full_range_saturate_16_bits_and_7_bit_weights_do_not() -> None:
    int16 = np.iinfo(np.int16)

    lowest, highest = (int(limit) for limit in get_qmin_qmax_for_qType(TensorProto.INT8, reduce_range=True))
    full, reduced = 2 * 255 * 127, 2 * 255 * highest

    assert (lowest, highest) == (-64, 64)
    assert full == 64_770 > int16.max
    assert reduced == 32_640 <= int16.max
    assert 2 * 255 * lowest >= int16.min


def test_the_precise_session_option_sums_full_range_weights_exactly() -> None:
    constants = {
        "x_scale": np.float32(1 / 255),
        "x_zero": np.uint8(0),
        "w": np.full((16, 16, 3, 3), 127, np.int8),
        "w_scale": np.float32(1 / 127),
        "w_zero": np.int8(0),
        "y_scale": np.float32(1),
        "y_zero": np.uint8(0),
    }
    node = helper.make_node("QLinearConv", ["x", *constants], ["y"], pads=[1] * 4)
    shape = [1, 16, 8, 8]
    graph = helper.make_graph(
        [node],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, shape)],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    settings.add_session_config_entry("session.x64quantprecision", "1")

    session = ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    output = session.run(None, {"x": np.full(shape, 255, np.uint8)})[0]

    # Every product is 1, so an inner output is the number of weights; without the option AVX2 gives 73.
    assert output[0, 0, 4, 4] == 16 * 3 * 3
