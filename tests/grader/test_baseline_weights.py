"""The closed track's rule on a small text encoder: however its weights are stored, and whatever stands in for them."""

from collections.abc import Callable, Mapping

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from grader.errors import EntryRejected
from grader.quantization import inspection
from grader.report import InspectionFacts

WORDS, WIDTH, CLASSES, TOKENS = 50, 64, 10, 8
BLOCK = 16


def encoder(seed: int = 0, words: int = WORDS) -> onnx.ModelProto:
    """A table of words, a product with weights, one of two activations as in attention, and a head."""
    rng = np.random.default_rng(seed)
    shapes = {"table": (words, WIDTH), "mix": (WIDTH, WIDTH), "head": (WIDTH, CLASSES), "bias": (CLASSES,)}
    stored = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["x"], name="lookup"),
        helper.make_node("MatMul", ["x", "mix"], ["mixed"], name="mix"),
        helper.make_node("Transpose", ["mixed"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["mixed", "turned"], ["scores"], name="attention"),
        helper.make_node("MatMul", ["scores", "mixed"], ["seen"], name="seen"),
        helper.make_node("ReduceMax", ["seen"], ["pooled"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["pooled", "head"], ["product"], name="head"),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
    ]
    return closed(nodes, stored)


def closed(nodes: list[onnx.NodeProto], stored: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """Close the graph: "input" to "logits"."""
    values = [helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", TOKENS])]
    answers = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])]
    constants = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(
        helper.make_graph(nodes, "encoder", values, answers, constants), opset_imports=opsets, ir_version=8
    )


def int4(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[n, k] as packed bytes [n, k / 2] and scales [n, k / BLOCK]; 8 stands for zero."""
    blocks = rows.reshape(len(rows), -1, BLOCK)
    scales = np.abs(blocks).max(2) / 7
    q = (np.rint(blocks / scales[..., None]) + 8).astype(np.uint8).reshape(rows.shape)
    return q[:, ::2] | q[:, 1::2] << 4, scales.astype(np.float32)


def in_blocks(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same encoder with every weight in 4 bits: the table and both products."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Gather":
            stored["table"], stored["table.s"] = int4(stored["table"])
            nodes.append(operator("GatherBlockQuantized", ["table", "input", "table.s"], node, bits=4))
        elif node.name in ("mix", "head"):
            inputs, outputs = stored[node.name].shape
            packed, scales = int4(np.ascontiguousarray(stored[node.name].T))
            stored[node.name] = packed.reshape(outputs, -1, BLOCK // 2)
            stored[f"{node.name}.s"] = scales.reshape(-1)
            names = [node.input[0], node.name, f"{node.name}.s"]
            nodes.append(operator("MatMulNBits", names, node, K=inputs, N=outputs, bits=4))
        else:
            nodes.append(node)
    return closed(nodes, stored)


def operator(op: str, inputs: list[str], instead_of: onnx.NodeProto, **attributes: int) -> onnx.NodeProto:
    return helper.make_node(
        op, inputs, list(instead_of.output), instead_of.name, domain="com.microsoft", block_size=BLOCK, **attributes
    )


def check(entry: onnx.ModelProto, baseline: onnx.ModelProto | None = None) -> None:
    inspection.refuse_foreign_weights(entry, "baseline", (baseline or encoder()).SerializeToString())


def refused(entry: onnx.ModelProto) -> str | int | float:
    """Which weights a refusal names."""
    with pytest.raises(EntryRejected) as refusal:
        check(entry)
    assert refusal.value.code == "weights_not_baseline"
    return refusal.value.params["where"]


def stored_as(change: Callable[[np.ndarray], np.ndarray], name: str) -> onnx.ModelProto:
    """The encoder with one tensor changed."""
    model = encoder()
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    tensor.CopyFrom(numpy_helper.from_array(change(numpy_helper.to_array(tensor)), name))
    return model


def test_the_baseline_is_the_baseline() -> None:
    check(encoder())


def test_weights_in_four_bits_are_the_baselines_and_their_scales_are_no_stowaways() -> None:
    """There are 50 · 64 / 16 scales for the table alone, many times the ten biases."""
    check(in_blocks(encoder()))


def test_a_table_of_uint8_may_lose_its_zero_point_after_the_look_up() -> None:
    model = stored_as(lambda table: (np.rint(table / 0.03) + 128).clip(0, 255).astype(np.uint8), "table")
    model.graph.initializer.append(numpy_helper.from_array(np.float32(0.03), "scale"))
    model.graph.initializer.append(numpy_helper.from_array(np.uint8(128), "point"))
    model.graph.node[0].output[0] = "looked_up"
    model.graph.node.insert(1, helper.make_node("DequantizeLinear", ["looked_up", "scale", "point"], ["x"]))

    check(model)


def test_another_training_is_foreign_in_four_bits_as_well() -> None:
    assert refused(in_blocks(encoder(seed=1))) == "table"


def test_scales_cannot_turn_the_baselines_weights_into_others() -> None:
    """The packed weights are the baseline's to the byte; only the scales of the blocks are new."""
    model = in_blocks(encoder())
    scales = next(tensor for tensor in model.graph.initializer if tensor.name == "mix.s")
    other = np.random.default_rng(5).standard_normal(numpy_helper.to_array(scales).shape).astype(np.float32)
    scales.CopyFrom(numpy_helper.from_array(other, "mix.s"))

    assert refused(model) == "mix"


def test_a_table_without_its_rare_rows_is_not_the_baselines() -> None:
    assert refused(stored_as(lambda table: table[: WORDS // 2], "table")) == "table"


def test_a_table_that_is_computed_leaves_the_baselines_missing() -> None:
    model = encoder()
    model.graph.node.insert(0, helper.make_node("Erf", ["table"], ["other_table"]))
    model.graph.node[1].input[0] = "other_table"

    assert refused(model) == "table"


def test_a_layer_that_is_left_out_is_missed() -> None:
    model = encoder()
    mix = next(node for node in model.graph.node if node.name == "mix")
    mix.CopyFrom(helper.make_node("Identity", ["x"], ["mixed"]))

    assert refused(model) == "mix"


def test_more_products_of_activations_than_the_baseline_has_are_refused() -> None:
    model = encoder()
    model.graph.node.append(helper.make_node("MatMul", ["mixed", "turned"], ["unused"], name="more"))

    assert isinstance(refused(model), str)


def facts(model: onnx.ModelProto) -> InspectionFacts:
    return inspection.inspect(model, np.zeros((1, TOKENS), np.int64))


def test_packed_weights_are_counted_and_listed_one_by_one() -> None:
    before, after = facts(encoder()), facts(in_blocks(encoder()))

    tables = [layer for layer in after.layers if layer.name == "table"]
    scales = (WORDS + WIDTH + CLASSES) * WIDTH // BLOCK
    assert after.parameters == before.parameters + scales
    assert [(layer.dtype, layer.bits, layer.elements) for layer in tables] == [("uint4", 4, WORDS * WIDTH)]
    assert after.nonzero_parameters > 0.8 * after.parameters


def test_looking_up_packed_rows_computes_nothing() -> None:
    nodes = {node.op: node.precision for node in facts(in_blocks(encoder())).nodes}

    assert nodes["GatherBlockQuantized"] == "other"
    assert nodes["MatMulNBits"] == "int4 weights"
