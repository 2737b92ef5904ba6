"""Every kind of bad entry that people and machines hand in, with the code of the sentence that each must get."""

import io
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from grader.entry import Entry
from tests.models import CLASSES, FLOAT, Graph, linear


def external(location: str) -> onnx.ModelProto:
    """A model that keeps its matrix in another file."""
    model = linear()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return model


def foreign_operator() -> onnx.ModelProto:
    """A model with an operator of somebody's own."""
    model = linear()
    model.graph.node[1].domain = "my.company"
    model.opset_import.append(helper.make_opsetid("my.company", 1))
    return model


def wrong_classes() -> onnx.ModelProto:
    """Seven scores instead of ten, while the file declares ten."""
    graph = Graph(0)
    flat = graph.node("Flatten", ["input"], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, 7), 784)], "logits")
    model = graph.model()
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("logits", FLOAT, ["batch", "classes"]))
    return model


def declared_wrong_classes() -> onnx.ModelProto:
    """Seven scores, and the file says so."""
    model = wrong_classes()
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("logits", FLOAT, ["batch", 7]))
    return model


def double_input() -> onnx.ModelProto:
    """float64 in, float32 out."""
    graph = Graph(0)
    flat = graph.node("Flatten", [graph.node("Cast", ["input"], "cast", to=FLOAT)], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, CLASSES), 784)], "logits")
    model = graph.model()
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    return model


def two_inputs() -> onnx.ModelProto:
    """An input more than there should be."""
    model = linear()
    model.graph.input.append(helper.make_tensor_value_info("more", FLOAT, ["batch"]))
    return model


def not_a_number() -> onnx.ModelProto:
    """The logarithm of negative values."""
    graph = Graph(0)
    flat = graph.node("Flatten", [graph.node("Log", ["input"], "log")], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, CLASSES), 784)], "logits")
    return graph.model()


def endless_loop() -> onnx.ModelProto:
    """A Loop that runs 2^63 - 1 times."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Erf", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("at", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", FLOAT, None),
        ],
    )
    graph = Graph(0)
    graph.weights.append(numpy_helper.from_array(np.int64(2**63 - 1), "times"))
    graph.nodes.append(helper.make_node("Loop", ["times", "", "input"], ["looped"], body=body))
    flat = graph.node("Flatten", ["looped"], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, CLASSES), 784)], "logits")
    return graph.model()


def early_exit() -> onnx.ModelProto:
    """Only images that are not dark go through the matrix."""
    graph = Graph(0)
    graph.weights.append(numpy_helper.from_array(np.float32(0.3), "threshold"))
    light = graph.node("ReduceMean", ["input"], "light", axes=[1, 2, 3], keepdims=0)
    hard = graph.node("Greater", [light, "threshold"], "hard")
    flat = graph.node("Flatten", [graph.node("Compress", ["input", hard], "rows", axis=0)], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, CLASSES), 784)], "logits")
    return graph.model()


def sparse_weights() -> onnx.ModelProto:
    """The matrix as a list of places and values."""
    model = linear()
    values = model.graph.initializer.pop()
    dims = list(values.dims)
    values.dims[:] = [int(np.prod(dims))]
    places = numpy_helper.from_array(np.arange(values.dims[0]), "places")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, dims))
    return model


def out_of_order() -> onnx.ModelProto:
    """The last node first, which the runtime sorts."""
    model = linear()
    first, second = model.graph.node
    nodes = [second, first]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def fifty_gigabytes() -> onnx.ModelProto:
    """A model of a few kilobytes that asks for 50 GB while it runs."""
    graph = Graph(0)
    graph.weights.append(numpy_helper.from_array(np.array([12_500_000_000], np.int64), "huge"))
    ones = graph.node("ConstantOfShape", ["huge"], "ones", value=helper.make_tensor("one", FLOAT, [1], [1.0]))
    summed = graph.node("ReduceSum", [ones], "summed", keepdims=0)
    flat = graph.node("Flatten", [graph.node("Add", ["input", summed], "added")], "flat")
    graph.node("MatMul", [flat, graph.weight("head.weight", (784, CLASSES), 784)], "logits")
    return graph.model()


def zip_bomb() -> bytes:
    """A few kilobytes that unpack to 64 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.onnx", bytes(64 * 2**20))
    return packed.getvalue()


def entry(make: Callable[[], onnx.ModelProto]) -> Callable[[], Entry]:
    """An entry that is made when it is asked for."""
    return lambda: Entry("entry.onnx", make().SerializeToString())


def raw(make: Callable[[], bytes]) -> Callable[[], Entry]:
    """An entry of these bytes."""
    return lambda: Entry("entry.onnx", make())


BAD: Mapping[str, tuple[Callable[[], Entry], str]] = {
    "empty file": (raw(bytes), "file_empty"),
    "text file": (raw(lambda: b"epoch 1 loss 0.3\n"), "not_the_format"),
    "over the limit": (raw(lambda: b"\x08" + bytes(40 * 2**20)), "file_too_large"),
    "zip bomb": (raw(zip_bomb), "archive"),
    "truncated": (raw(lambda: linear().SerializeToString()[:-1000]), "not_parseable"),
    "external data, relative": (entry(lambda: external("weights.bin")), "external_data"),
    "external data, absolute": (entry(lambda: external("/etc/passwd")), "external_data"),
    "external data, parent folder": (entry(lambda: external("../../etc/passwd")), "external_data"),
    "custom operator": (entry(foreign_operator), "custom_operator"),
    "opset from the future": (entry(lambda: linear(opset=99)), "opset_unsupported"),
    "input shape": (entry(lambda: linear(shape=("batch", 784))), "input_shape"),
    "input dtype": (entry(double_input), "input_dtype"),
    "two inputs": (entry(two_inputs), "input_count"),
    "output shape, declared": (entry(declared_wrong_classes), "output_shape"),
    "output shape, hidden": (entry(wrong_classes), "output_shape"),
    "NaN outputs": (entry(not_a_number), "output_not_finite"),
    "endless loop": (entry(endless_loop), "control_flow"),
    "early exit": (entry(early_exit), "size_from_values"),
    "sparse weights": (entry(sparse_weights), "not_plain_tensors"),
    "nodes out of order": (entry(out_of_order), "not_parseable"),
    "50 GB": (entry(fifty_gigabytes), "memory_limit"),
}
