"""Hostile ONNX models, built by hand so that no checker stands in the way."""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
INPUT = "x"
OUTPUT = "y"


def model(
    nodes: Sequence[NodeProto],
    *,
    weights: Sequence[TensorProto] = (),
    shape: Sequence[Any] = (1, 4),
    out: Sequence[Any] = (1, 4),
    opset: int = 17,
) -> bytes:
    """A model with one input x and one output y."""
    graph = helper.make_graph(
        list(nodes),
        "attack",
        [helper.make_tensor_value_info(INPUT, FLOAT, list(shape))],
        [helper.make_tensor_value_info(OUTPUT, FLOAT, list(out))],
        list(weights),
    )
    return serialize(graph, opset)


def serialize(graph: GraphProto, opset: int = 17) -> bytes:
    """The graph as the bytes of a model."""
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8).SerializeToString()
    )


def int64s(name: str, values: Sequence[int]) -> TensorProto:
    """A constant vector."""
    return numpy_helper.from_array(np.array(values, dtype=np.int64), name)


def honest() -> bytes:
    """A model with nothing wrong: the control."""
    return model([helper.make_node("Relu", [INPUT], [OUTPUT])])


def external(location: str) -> bytes:
    """A weight that lies in a file of the attacker's choice."""
    weight = TensorProto(name="w", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", "0"), ("length", "16")):
        weight.external_data.add(key=key, value=value)
    return model([helper.make_node("Add", [INPUT, "w"], [OUTPUT])], weights=[weight])


def weight_of_dims(dims: Sequence[int]) -> bytes:
    """A weight that claims to be enormous."""
    weight = TensorProto(name="w", data_type=FLOAT, dims=dims, raw_data=bytes(16))
    return model([helper.make_node("Add", [INPUT, "w"], [OUTPUT])], weights=[weight])


def loop(*, scan: bool) -> bytes:
    """2^63 - 1 rounds; with `scan` each round also keeps its result."""
    value = helper.make_tensor_value_info
    outputs = [value("keep", TensorProto.BOOL, []), value("next", FLOAT, [1, 4])]
    nodes = [helper.make_node("Identity", ["go"], ["keep"]), helper.make_node("Add", ["last", "last"], ["next"])]
    if scan:
        outputs.append(value("kept", FLOAT, [1, 4]))
        nodes.append(helper.make_node("Identity", ["next"], ["kept"]))
    inputs = [value("i", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("last", FLOAT, [1, 4])]
    body = helper.make_graph(nodes, "body", inputs, outputs)
    rounds = numpy_helper.from_array(np.array(2**63 - 1, dtype=np.int64), "rounds")
    true = numpy_helper.from_array(np.array(True), "true")
    names = ["last_y", "all_y"] if scan else ["last_y"]
    return model(
        [
            helper.make_node("Loop", ["rounds", "true", INPUT], names, body=body),
            helper.make_node("Identity", [names[-1]], [OUTPUT]),
        ],
        weights=[rounds, true],
        out=["n", 1, 4] if scan else (1, 4),
    )


def fill(shape: Sequence[int]) -> bytes:
    """An output of any size from a model of 100 bytes."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"], value=helper.make_tensor("v", FLOAT, [1], [1.0])),
        helper.make_node("ReduceSum", [INPUT], ["one"], keepdims=0),
        helper.make_node("Add", ["big", "one"], [OUTPUT]),
    ]
    return model(nodes, weights=[int64s("shape", shape)], out=[f"d{i}" for i in range(len(shape))])


def tile() -> bytes:
    """Twelve tilings by 4 each: 4^12 values of 4."""
    names = [INPUT, *(f"t{i}" for i in range(11)), OUTPUT]
    nodes = [helper.make_node("Tile", [before, "by"], [after]) for before, after in pairwise(names)]
    return model(nodes, weights=[int64s("by", [4, 4])], out=["a", "b"])


def many_nodes(count: int) -> bytes:
    """A chain that is long rather than wide."""
    names = [INPUT, *(f"t{i}" for i in range(count - 1)), OUTPUT]
    return model([helper.make_node("Neg", [before], [after]) for before, after in pairwise(names)])


def nested_ifs(depth: int) -> bytes:
    """Graphs in graphs."""
    return model(_if(depth), weights=[numpy_helper.from_array(np.array(True), "true")])


def _if(depth: int) -> list[NodeProto]:
    if depth == 0:
        return [helper.make_node("Relu", [INPUT], [OUTPUT])]
    outputs = [helper.make_tensor_value_info(f"y{depth}", FLOAT, [1, 4])]
    inner = _if(depth - 1)
    inner[-1].output[0] = f"y{depth}"
    other = [helper.make_node("Neg", [INPUT], [f"y{depth}"])]
    branches = {
        "then_branch": helper.make_graph(inner, f"then{depth}", [], outputs),
        "else_branch": helper.make_graph(other, f"else{depth}", [], outputs),
    }
    return [helper.make_node("If", ["true"], [OUTPUT], **branches)]


def nested_graphs(depth: int) -> bytes:
    """An attribute that holds a graph that holds an attribute …, deeper than any parser's stack; built as raw bytes."""
    inner = b""
    for _ in range(depth):
        attribute = _field(1, b"body") + _field(6, inner)  # AttributeProto.name, .g
        inner = _field(1, _field(4, b"Loop") + _field(5, attribute))  # GraphProto.node, NodeProto.op_type, .attribute
    return bytes([8, 8]) + _field(7, inner)  # ModelProto.ir_version, .graph


def _field(number: int, content: bytes) -> bytes:
    """One length-delimited protobuf field."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    groups = []
    while True:
        value, low = value >> 7, value & 0x7F
        groups.append(low | (0x80 if value else 0))
        if not value:
            return bytes(groups)


def lying_length(length: int) -> bytes:
    """A field that says it is longer than the file."""
    return bytes([8, 8, 7 << 3 | 2]) + _varint(length) + b"short"


def division_by_zero() -> bytes:
    """0 / 0 in every output."""
    return model([helper.make_node("Div", [INPUT, INPUT], [OUTPUT])])


def string_model() -> bytes:
    """A model whose input is text."""
    graph = helper.make_graph(
        [helper.make_node("Identity", [INPUT], [OUTPUT])],
        "text",
        [helper.make_tensor_value_info(INPUT, TensorProto.STRING, [1, 4])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.STRING, [1, 4])],
    )
    return serialize(graph)


def unknown_operator() -> bytes:
    """An operator that nobody has."""
    return model([helper.make_node("RunShell", [INPUT], [OUTPUT])])


def einsum() -> bytes:
    """A contraction of two small inputs into 4096^4 values."""
    nodes = [
        helper.make_node("Expand", [INPUT, "shape"], ["wide"]),
        helper.make_node("Einsum", ["wide", "wide"], [OUTPUT], equation="ab,cd->abcd"),
    ]
    return model(nodes, weights=[int64s("shape", [4096, 4096])], shape=(1, 1), out=["a", "b", "c", "d"])


def wrong_shape() -> bytes:
    """A model that wants another input than it is given."""
    return model([helper.make_node("Relu", [INPUT], [OUTPUT])], shape=(1, 5), out=(1, 5))


def fuzzed(seed: int) -> bytes:
    """A small valid model with a few bytes changed, dropped or doubled."""
    chance = random.Random(seed)  # noqa: S311
    broken = bytearray(seed_model())
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(broken))
        match chance.randrange(3):
            case 0:
                broken[at] = chance.randrange(256)
            case 1:
                del broken[at : at + chance.randint(1, 4)]
            case _:
                broken[at:at] = broken[at : at + chance.randint(1, 16)]
    return bytes(broken)


def seed_model() -> bytes:
    """Small, but with attributes, weights and several kinds of node."""
    chance = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(chance.normal(size=(4, 3, 3, 3)).astype(np.float32), "w"),
        numpy_helper.from_array(chance.normal(size=4).astype(np.float32), "b"),
        int64s("flat", [1, -1]),
    ]
    nodes = [
        helper.make_node("Conv", [INPUT, "w", "b"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Reshape", ["p", "flat"], ["f"]),
        helper.make_node("Softmax", ["f"], [OUTPUT], axis=1),
    ]
    return model(nodes, weights=weights, shape=(1, 3, 8, 8), out=(1, 4))


def noise(size_bytes: int) -> bytes:
    """Random bytes."""
    return np.random.default_rng(0).bytes(size_bytes)


def truncated() -> bytes:
    """A model cut off in its weights."""
    whole = seed_model()
    return whole[: len(whole) // 2]
