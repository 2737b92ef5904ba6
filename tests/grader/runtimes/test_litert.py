"""What is found inside a .tflite, and how it answers. These files are our own, so they are read in this process."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pytest
from ai_edge_litert import schema_py_generated as schema
from onnx import numpy_helper

from challenges.registry import catalogue
from grader.challenge import TensorSpec
from grader.errors import EntryRejected
from grader.quantization import tflite
from grader.report import InspectionFacts
from grader.runtimes import litert
from tests import models
from tests.tflite_models import TfliteGraph, int8_linear, linear, packed

ITEM = (1, 1, 28, 28)
IMAGE, LOGITS = TensorSpec(dtype="float32", shape=(None, 1, 28, 28)), TensorSpec(dtype="float32", shape=(None, 10))
ONNX = models.linear()
WEIGHTS = numpy_helper.to_array(ONNX.graph.initializer[0])
ITEMS = np.random.default_rng(3).standard_normal((32, 1, 28, 28)).astype(np.float32)
BASELINES = [spec for spec in catalogue().values() if "tflite" in spec.rules.formats]


def refusal_of(check: Callable[[], object]) -> str:
    with pytest.raises(EntryRejected) as refusal:
        check()
    return refusal.value.code


def facts_of(data: bytes) -> InspectionFacts:
    graph = tflite.graph(tflite.parse(data))
    return litert.facts(graph, litert.executed_shapes(litert.load(data)), data)


def graph_of(model: Any) -> tflite.Graph:
    return tflite.graph(tflite.parse(packed(model)))


def answers(data: bytes, items: npt.NDArray[np.float32] = ITEMS) -> npt.NDArray[Any]:
    session = litert.LiteRtSession(data, (1, *items.shape[1:]))
    return np.concatenate([session.run(items[at : at + 1]) for at in range(len(items))])


def onnx_answers(model: bytes, items: npt.NDArray[np.float32] = ITEMS) -> npt.NDArray[Any]:
    return np.asarray(ort.InferenceSession(model).run(None, {"input": items})[0])


def int8_ranges() -> tuple[tuple[float, int], tuple[float, int]]:
    """Scale and zero point for the items and for their logits, lopsided so that a forgotten zero point shows."""
    largest = float(np.abs(onnx_answers(ONNX.SerializeToString())).max())
    return (float(np.abs(ITEMS).max() / 120), -7), (largest / 110, 11)


def test_it_counts_a_matrix_product_by_hand() -> None:
    facts = facts_of(packed(linear(WEIGHTS)))

    assert facts.macs == 7840
    assert facts.parameters == 7840 + 2  # and the shape that the flattening asks for
    assert facts.bytes_by_dtype == {"float32": 4 * 7840, "int32": 8}
    assert facts.memory_bytes == 4 * (784 + 784)
    assert [node.precision for node in facts.nodes] == ["other", "float"]
    assert [layer.bits for layer in facts.layers] == [32]


@pytest.mark.parametrize("spec", BASELINES, ids=lambda spec: spec.id)
def test_a_baseline_is_the_same_network_in_both_formats(spec: Any) -> None:
    shape = spec.rules.input.batched(8)
    items = np.random.default_rng(0).standard_normal(shape).astype(np.float32)

    found = answers((spec.folder / "baseline.tflite").read_bytes(), items)

    assert np.allclose(found, onnx_answers(spec.baseline_path.read_bytes(), items), atol=1e-3)


def test_a_baseline_costs_the_same_in_both_formats() -> None:
    spec = catalogue()["int8_fashion"]

    facts = facts_of((spec.folder / "baseline.tflite").read_bytes())

    assert facts.macs == 10_150_272  # 28/2 squared outputs of the stem and so on; what ONNX Runtime's graph gives too
    assert facts.memory_bytes == 75_264


def test_it_answers_as_onnx_runtime_does() -> None:
    assert np.allclose(answers(packed(linear(WEIGHTS))), onnx_answers(ONNX.SerializeToString()), atol=1e-3)


@pytest.mark.parametrize("shape", [ITEM, (1, 28, 28, 1)])
def test_both_layouts_of_the_input_are_welcome(shape: tuple[int, ...]) -> None:
    data = packed(linear(WEIGHTS, shape))

    litert.check_interface(litert.load(data), IMAGE, LOGITS)

    assert np.allclose(answers(data), onnx_answers(ONNX.SerializeToString()), atol=1e-3)


def test_an_int8_input_is_filled_by_its_scale_and_zero_point() -> None:
    image, result = int8_ranges()
    data = packed(int8_linear(WEIGHTS, image, result))

    litert.check_interface(litert.load(data), IMAGE, LOGITS)
    found, expected = answers(data), onnx_answers(ONNX.SerializeToString())

    assert found.dtype == np.float32
    assert np.mean(found.argmax(axis=1) == expected.argmax(axis=1)) > 0.8
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def test_integers_are_seen_as_integers() -> None:
    facts = facts_of(packed(int8_linear(WEIGHTS, *int8_ranges())))

    assert [node.precision for node in facts.nodes] == ["other", "int8"]
    assert facts.bytes_by_dtype["int8"] == 7840
    assert facts.memory_bytes == 784 + 784


def test_int4_weights_count_half_a_byte() -> None:
    stored = np.array([-8, -1, 0, 7, 3], np.int8)
    nibbles = np.array([0xF8, 0x70, 0x03], np.uint8)
    graph = TfliteGraph()
    graph.tensor("packed", [5], "int8", stored=nibbles)
    graph.tensors[0].type = schema.TensorType.INT4
    graph.operator("NEG", [0], [graph.tensor("out", [5], "int8")])

    (tensor,) = graph_of(graph.parsed([], [1])).constants()

    assert tensor.nbytes == 3
    assert tensor.values().tolist() == stored.tolist()


def test_names_and_metadata_do_not_count_as_size() -> None:
    plain, chatty = linear(WEIGHTS), linear(WEIGHTS)
    chatty.description = "x" * 10_000
    chatty.subgraphs[0].tensors[0].name = "y" * 10_000
    chatty.metadata = [schema.MetadataT(name="notes", buffer=len(chatty.buffers))]
    chatty.buffers.append(schema.BufferT(data=np.zeros(10_000, np.uint8)))

    assert tflite.canonical_bytes(packed(chatty)) == tflite.canonical_bytes(packed(plain))


def test_the_canonical_file_still_answers() -> None:
    data = packed(linear(WEIGHTS))

    assert np.array_equal(answers(tflite.canonical_bytes(data)), answers(data))


def test_buffers_behind_the_flatbuffer_are_read_and_counted() -> None:
    """The quantizer of LiteRT writes weights there."""
    model = linear(WEIGHTS)
    weight = bytes(model.buffers[2].data)
    model.buffers[2] = schema.BufferT(offset=1, size=len(weight))
    for _ in range(2):  # the offset does not change the file's length, so the second round is right
        head = packed(model)
        model.buffers[2].offset = len(head)

    facts = facts_of(packed(model) + weight)

    assert facts.size_bytes == facts_of(packed(linear(WEIGHTS))).size_bytes


@pytest.mark.parametrize("cut", [20, 100, 5000])
def test_a_damaged_file_is_refused(cut: int) -> None:
    data = packed(linear(WEIGHTS))

    assert refusal_of(lambda: tflite.graph(tflite.parse(data[:cut]))) == "tflite_damaged"


def test_a_tensor_that_claims_another_shape_than_its_bytes_is_refused() -> None:
    model = linear(WEIGHTS)
    model.subgraphs[0].tensors[3].shape = [1, 1]

    assert refusal_of(lambda: graph_of(model)) == "tflite_damaged"


def bent(change: Callable[[Any], None]) -> Any:
    """A linear model with something wrong in it."""
    model = linear(WEIGHTS)
    change(model)
    return model


def make_custom(model: Any) -> None:
    model.operatorCodes[1] = schema.OperatorCodeT(
        deprecatedBuiltinCode=schema.BuiltinOperator.CUSTOM,
        builtinCode=schema.BuiltinOperator.CUSTOM,
        customCode="RunShell",
    )


def make_loop(model: Any) -> None:
    model.operatorCodes[1].builtinCode = model.operatorCodes[1].deprecatedBuiltinCode = schema.BuiltinOperator.WHILE


def make_stateful(model: Any) -> None:
    model.subgraphs[0].tensors[2].isVariable = True


def add_graph(model: Any) -> None:
    model.subgraphs.append(model.subgraphs[0])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (make_custom, "tflite_custom_operator"),
        (make_loop, "control_flow"),
        (make_stateful, "tflite_tensor"),
        (add_graph, "local_functions"),
    ],
)
def test_what_cannot_be_measured_is_refused(change: Callable[[Any], None], code: str) -> None:
    model = tflite.parse(packed(bent(change)))

    assert refusal_of(lambda: tflite.refuse_what_cannot_be_measured(model)) == code


def repeated(times: bool) -> tflite.Graph:
    """An image repeated: as often as a constant says, or as its own pixels say."""
    graph = TfliteGraph()
    image = graph.tensor("image", (1, 1, 28, 28))
    often = graph.tensor("often", [4], "int32", stored=None if times else np.ones(4, np.int32))
    if times:
        graph.operator("CAST", [image], [often])
    tiled = graph.tensor("tiled", (1, 1, 28, 28))
    graph.operator("TILE", [image, often], [tiled])
    return graph_of(graph.parsed([image], [tiled]))


def test_a_size_that_follows_from_the_pixels_is_refused() -> None:
    tflite.refuse_sizes_from_values(repeated(times=False))

    assert refusal_of(lambda: tflite.refuse_sizes_from_values(repeated(times=True))) == "size_from_values"


def test_small_weights_count_as_values_of_their_own() -> None:
    graph = TfliteGraph()
    image, flat = graph.tensor("image", (1, 6)), graph.tensor("flat", (1, 9))
    weight = graph.tensor("weight", [9, 6], stored=np.ones((9, 6), np.float32))
    graph.operator("FULLY_CONNECTED", [image, weight], [flat], schema.FullyConnectedOptionsT())

    assert sum(tflite.besides_weights(graph_of(graph.parsed([image], [flat]))).values()) == 54


def test_another_input_is_refused() -> None:
    interpreter = litert.load(packed(linear(WEIGHTS, (1, 784))))

    assert refusal_of(lambda: litert.check_interface(interpreter, IMAGE, LOGITS)) == "input_shape"


def test_integers_without_a_scale_are_no_real_numbers() -> None:
    model = int8_linear(WEIGHTS, *int8_ranges())
    for tensor in model.subgraphs[0].tensors[:3]:
        tensor.quantization = None
    interpreter = litert.Interpreter(model_content=packed(model))

    assert refusal_of(lambda: litert.check_interface(interpreter, IMAGE, LOGITS)) == "input_dtype"


def test_the_baseline_quantized_is_the_baseline() -> None:
    spec = catalogue()["int8_fashion"]
    quantized = tflite.graph(tflite.parse((spec.folder / "solutions" / "litert" / "entry.tflite").read_bytes()))

    litert.refuse_foreign_weights(quantized, "baseline", spec.baseline_path.read_bytes())


def test_other_weights_are_not_the_baseline() -> None:
    other = graph_of(linear(numpy_helper.to_array(models.linear(seed=1).graph.initializer[0])))
    check = lambda: litert.refuse_foreign_weights(other, "baseline", ONNX.SerializeToString())  # noqa: E731

    assert refusal_of(check) == "weights_not_baseline"


def test_convolutions_are_compared_in_onnx_order() -> None:
    spec = catalogue()["int8_fashion"]
    graph = tflite.graph(tflite.parse((spec.folder / "baseline.tflite").read_bytes()))

    litert.refuse_foreign_weights(graph, "baseline", spec.baseline_path.read_bytes())


def test_a_quantized_file_breaks_the_float_rule() -> None:
    quantized = graph_of(int8_linear(WEIGHTS, *int8_ranges()))

    assert refusal_of(lambda: litert.refuse_foreign_weights(quantized, "float", b"")) == "weights_not_float"


def test_float_weights_keep_the_float_rule() -> None:
    litert.refuse_foreign_weights(graph_of(linear(WEIGHTS)), "float", b"")
