"""What is found inside a model. These graphs are our own, so they are read in this process."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from grader.challenge import PtqRecipe
from grader.errors import EntryRejected
from grader.quantization import inspection, ptq
from grader.quantization.graph import canonical_bytes
from grader.report import InspectionFacts
from tests.models import Graph, linear, small_resnet

ITEM = np.zeros((1, 1, 28, 28), np.float32)


@pytest.fixture(scope="module")
def int8_resnet() -> onnx.ModelProto:
    items = np.random.default_rng(0).standard_normal((64, 1, 28, 28)).astype(np.float32)
    return ptq.quantize(small_resnet(), items, PtqRecipe())


@pytest.fixture(scope="module")
def int8_facts(int8_resnet: onnx.ModelProto) -> InspectionFacts:
    return inspection.inspect(int8_resnet, ITEM)


def refusal_of(check: Callable[[], object]) -> str:
    with pytest.raises(EntryRejected) as refusal:
        check()
    return refusal.value.code


def test_it_counts_the_macs_of_a_convolution_by_hand() -> None:
    facts = inspection.inspect(small_resnet(channels=(8,)), ITEM)

    convolutions = 28 * 28 * (8 * 1 * 9 + 2 * 8 * 8 * 9)
    assert facts.macs == convolutions + 10 * 8


def test_quantizing_changes_neither_macs_nor_layers(int8_facts: InspectionFacts) -> None:
    facts = inspection.inspect(small_resnet(), ITEM)

    assert int8_facts.macs == facts.macs
    assert len(int8_facts.layers) == len(facts.layers)


def test_macs_count_where_weights_are_dequantized_while_running() -> None:
    graph = Graph(0)
    graph.weights += [
        numpy_helper.from_array(np.ones((8, 1, 3, 3), np.int8), "q"),
        numpy_helper.from_array(np.float32(0.1), "scale"),
    ]
    graph.node("Conv", ["input", graph.node("DequantizeLinear", ["q", "scale"], "w")], "conv", pads=[1, 1, 1, 1])
    pooled = graph.node("Flatten", [graph.node("GlobalAveragePool", ["conv"], "pool")], "flat")
    graph.node("MatMul", [pooled, graph.weight("head.weight", (8, 10), 8)], "logits")

    assert inspection.inspect(graph.model(), ITEM).macs == 28 * 28 * 8 * 9 + 80


def test_float_kernels_are_told_from_int8_kernels(int8_facts: InspectionFacts) -> None:
    floats = {node.precision for node in inspection.inspect(small_resnet(), ITEM).nodes}
    ints = [node for node in int8_facts.nodes if node.op == "QLinearConv"]

    assert "int8" not in floats
    assert len(ints) == 6
    assert {node.precision for node in ints} == {"int8"}


def test_peak_memory_of_a_residual_block_is_input_and_two_maps() -> None:
    facts = inspection.inspect(small_resnet(channels=(8,)), ITEM)

    one_map_bytes = 8 * 28 * 28 * 4
    assert facts.memory_bytes == 3 * one_map_bytes


def test_int8_activations_take_a_quarter_of_the_memory(int8_facts: InspectionFacts) -> None:
    floats = inspection.inspect(small_resnet(), ITEM)

    assert int8_facts.memory_bytes == pytest.approx(floats.memory_bytes / 4, rel=0.05)


def test_bytes_are_told_by_dtype(int8_facts: InspectionFacts) -> None:
    weights = sum(layer.elements for layer in int8_facts.layers)

    assert int8_facts.bytes_by_dtype["int8"] >= weights
    assert {layer.dtype for layer in int8_facts.layers} == {"int8"}


def test_int4_weights_count_half_a_byte() -> None:
    packed = helper.make_tensor("packed", TensorProto.INT4, [784, 10], np.zeros(7840, np.int8))
    graph = Graph(0)
    flat = graph.node("Flatten", ["input"], "flat")
    graph.weights += [packed, numpy_helper.from_array(np.float32(0.1), "scale")]
    graph.node("MatMul", [flat, graph.node("DequantizeLinear", ["packed", "scale"], "real")], "logits")

    facts = inspection.inspect(graph.model(opset=21), ITEM)

    assert facts.bytes_by_dtype["int4"] == 3920
    assert [layer.bits for layer in facts.layers] == [4]


def test_metadata_does_not_count_as_size() -> None:
    plain, chatty = small_resnet(), small_resnet()
    chatty.doc_string = "x" * 10_000
    chatty.producer_name = "somebody"
    chatty.graph.node[0].doc_string = "y" * 10_000
    helper.set_model_props(chatty, {"notes": "z" * 10_000})

    assert canonical_bytes(plain) == canonical_bytes(chatty)


def test_weights_in_constant_nodes_are_weights_too() -> None:
    hidden = linear()
    weight = hidden.graph.initializer.pop()
    hidden.graph.node.insert(0, helper.make_node("Constant", [], [weight.name], value=weight))

    assert inspection.inspect(hidden, ITEM).parameters == inspection.inspect(linear(), ITEM).parameters


def test_dead_quantize_pairs_are_counted() -> None:
    graph = Graph(0)
    graph.weights += [
        numpy_helper.from_array(np.float32(0.1), "scale"),
        numpy_helper.from_array(np.uint8(128), "zero"),
    ]
    graph.node("QuantizeLinear", ["input", "scale", "zero"], "q")
    graph.node("DequantizeLinear", ["q", "scale", "zero"], "dq")
    flat = graph.node("Flatten", [graph.node("Erf", ["dq"], "erf")], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, 10), 784)], "logits")

    assert inspection.inspect(graph.model(), ITEM).dead_qdq == 1


@pytest.mark.parametrize("junk", [b"\x08\x09", b"\x08" + bytes(50), small_resnet().SerializeToString()[:-500]])
def test_a_truncated_model_is_not_parseable(junk: bytes) -> None:
    assert refusal_of(lambda: inspection.parse(junk)) == "not_parseable"


@pytest.mark.parametrize("location", ["weights.bin", "/etc/passwd", "../../etc/passwd"])
def test_external_data_is_refused_wherever_it_points(location: str) -> None:
    model = linear()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)

    assert refusal_of(lambda: inspection.refuse_what_cannot_be_measured(model)) == "external_data"


def test_foreign_operators_are_refused() -> None:
    model = linear()
    model.graph.node[0].domain = "my.company"

    assert refusal_of(lambda: inspection.refuse_what_cannot_be_measured(model)) == "custom_operator"


def test_a_quantized_upload_breaks_the_float_rule(int8_resnet: onnx.ModelProto) -> None:
    check = lambda: inspection.refuse_foreign_weights(int8_resnet, "float", b"")  # noqa: E731

    assert refusal_of(check) == "weights_not_float"


def test_int8_weights_hidden_behind_a_cast_break_the_float_rule() -> None:
    model = linear()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((784, 10), np.int8), "head.weight"))

    assert refusal_of(lambda: inspection.refuse_foreign_weights(model, "float", b"")) == "weights_not_float"


def test_the_baseline_quantized_is_the_baseline(int8_resnet: onnx.ModelProto) -> None:
    inspection.refuse_foreign_weights(int8_resnet, "baseline", small_resnet().SerializeToString())


def test_another_training_of_the_same_network_is_not_the_baseline() -> None:
    check = lambda: inspection.refuse_foreign_weights(  # noqa: E731
        small_resnet(seed=1), "baseline", small_resnet(seed=0).SerializeToString()
    )

    assert refusal_of(check) == "weights_not_baseline"


def test_weights_computed_while_running_are_not_the_baseline() -> None:
    model = linear()
    name = model.graph.initializer[0].name
    model.graph.node.insert(0, helper.make_node("Erf", [name], ["computed"]))
    model.graph.node[2].input[1] = "computed"

    check = lambda: inspection.refuse_foreign_weights(model, "baseline", linear().SerializeToString())  # noqa: E731

    assert refusal_of(check) == "weights_not_baseline"


def test_foreign_weights_that_no_known_layer_uses_are_not_the_baseline() -> None:
    """A convolution can be written as products and sums, which have no weight input."""
    model = small_resnet()
    model.graph.initializer.append(numpy_helper.from_array(np.ones((1, 1, 60, 60), np.float32), "factors"))
    model.graph.node.append(helper.make_node("Mul", ["input", "factors"], ["unused"]))

    check = lambda: inspection.refuse_foreign_weights(model, "baseline", small_resnet().SerializeToString())  # noqa: E731

    assert refusal_of(check) == "weights_not_baseline"


def test_the_baseline_quantized_dynamically_is_the_baseline(tmp_path: Path) -> None:
    """Its weights are uint8, and their zero point is an input of ConvInteger."""
    onnx.save(small_resnet(), tmp_path / "raw.onnx")
    quantize_dynamic(tmp_path / "raw.onnx", tmp_path / "dynamic.onnx", weight_type=QuantType.QUInt8)

    inspection.refuse_foreign_weights(
        onnx.load(tmp_path / "dynamic.onnx"), "baseline", small_resnet().SerializeToString()
    )
