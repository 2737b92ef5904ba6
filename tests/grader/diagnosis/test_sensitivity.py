"""One layer quantized alone: the short cut gives what quantizing it in the file would give."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper

from grader.diagnosis.flow import Flow
from grader.diagnosis.sensitivity import sensitivity
from grader.quantization import affine
from tests.models import linear, small_resnet

ITEMS = np.random.default_rng(3).standard_normal((16, 1, 28, 28)).astype(np.float32)


def answers(model: onnx.ModelProto) -> np.ndarray:
    return np.asarray(ort.InferenceSession(model.SerializeToString()).run(None, {"input": ITEMS})[0])


def test_it_agrees_with_quantizing_the_layer_in_the_file() -> None:
    lowered = small_resnet()
    for tensor in lowered.graph.initializer:
        if tensor.name == "block1.b.weight":
            integers, scale = affine.quantize_symmetric(numpy_helper.to_array(tensor), (1, 2, 3), 4)
            tensor.CopyFrom(numpy_helper.from_array(affine.dequantize(integers, scale, np.zeros(1)), tensor.name))
    exact, rounded = answers(small_resnet()), answers(lowered)

    found = {layer.name: layer for layer in sensitivity(Flow(small_resnet()), ITEMS)}["block1.b"]

    assert found.int4_sqnr_db == pytest.approx(affine.sqnr_db(exact, rounded), abs=0.1)
    assert found.int4_changed == (exact.argmax(axis=1) != rounded.argmax(axis=1)).mean()
    assert found.elements == 16 * 16 * 9


def test_every_layer_has_a_row_and_int4_costs_more_than_int8() -> None:
    found = sensitivity(Flow(small_resnet()), ITEMS)

    assert [layer.name for layer in found] == [
        "stem",
        "block0.a",
        "block0.b",
        "block1.a",
        "block1.b",
        "block1.s",
        "logits",
    ]
    assert all(layer.int8_sqnr_db > layer.int4_sqnr_db + 10 for layer in found)
    assert all(layer.int8_changed <= layer.int4_changed for layer in found)


def test_a_network_that_finds_many_things_has_no_one_answer_to_change() -> None:
    detector = small_resnet()
    detector.graph.node.append(helper.make_node("Unsqueeze", ["logits", "last"], ["boxes"]))
    detector.graph.initializer.append(numpy_helper.from_array(np.array([2]), "last"))
    del detector.graph.output[:]
    detector.graph.output.append(helper.make_tensor_value_info("boxes", onnx.TensorProto.FLOAT, ["batch", 10, 1]))

    found = sensitivity(Flow(detector), ITEMS)

    assert {layer.int4_changed for layer in found} == {None}


def test_a_model_of_fixed_batch_is_asked_item_by_item() -> None:
    fixed = linear(shape=(1, 1, 28, 28))

    assert sensitivity(Flow(fixed), ITEMS)[0].int4_sqnr_db == pytest.approx(
        sensitivity(Flow(linear()), ITEMS)[0].int4_sqnr_db, abs=0.1
    )


def test_a_quantized_model_has_no_float_layer_to_try() -> None:
    hidden = linear()
    hidden.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((784, 10), np.float16), "head.weight"))
    hidden.graph.node.insert(0, onnx.helper.make_node("Cast", ["head.weight"], ["real"], to=onnx.TensorProto.FLOAT))
    hidden.graph.node[2].input[1] = "real"

    assert sensitivity(Flow(hidden), ITEMS) == ()
