"""Ways to hide weights, work or memory from the rules, each tried once in a model that ONNX Runtime runs."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from grader.errors import EntryRejected
from grader.quantization import inspection
from grader.quantization.topology import refuse_other_topology
from tests.models import CLASSES, FLOAT, Graph, linear, small_resnet

ITEM = np.zeros((1, 1, 28, 28), np.float32)
PIXELS = ITEM.size
WEIGHTS = PIXELS * CLASSES


def flat(graph: Graph) -> str:
    return graph.node("Flatten", ["input"], "flat")


def stored(graph: Graph, name: str, values: object) -> str:
    graph.weights.append(numpy_helper.from_array(np.asarray(values), name))
    return name


def with_contrib(model: onnx.ModelProto) -> onnx.ModelProto:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def transposed_product() -> onnx.ModelProto:
    """The activations stand upright, so that the last axis of the first factor is not the one that is summed over."""
    graph = Graph(0)
    column = graph.node("Erf", [graph.node("Transpose", [flat(graph)], "turned", perm=[1, 0])], "column")
    graph.node("Gemm", [column, graph.weight("w", (PIXELS, CLASSES), PIXELS)], "logits", transA=1)
    return graph.model()


def einsum_with_ellipsis() -> onnx.ModelProto:
    """The dots stand for no axis at all."""
    graph = Graph(0)
    weight = graph.weight("w", (PIXELS, CLASSES), PIXELS)
    graph.node("Einsum", [flat(graph), weight], "logits", equation="...ij,...jk->...ik")
    return graph.model()


def image_as_kernel() -> onnx.ModelProto:
    """A convolution of the weights with the image."""
    graph = Graph(0)
    graph.node("Conv", [graph.weight("w", (CLASSES, 1, 28, 28), PIXELS), "input"], "sums")
    graph.node("Reshape", ["sums", stored(graph, "shape", [1, CLASSES])], "logits")
    return graph.model(shape=(1, 1, 28, 28))


def recurrent() -> onnx.ModelProto:
    """One step of a recurrent layer is a matrix product with an activation."""
    graph = Graph(0)
    step = graph.node("Reshape", ["input", stored(graph, "step", [1, 1, PIXELS])], "x")
    weights = [graph.weight("w", (1, CLASSES, PIXELS), PIXELS), graph.weight("r", (1, CLASSES, CLASSES), CLASSES)]
    graph.nodes.append(helper.make_node("RNN", [step, *weights], ["", "h"], hidden_size=CLASSES))
    graph.node("Reshape", ["h", stored(graph, "shape", [1, CLASSES])], "logits")
    return graph.model()


def distances() -> onnx.ModelProto:
    """|x - w|² holds the product of x and w."""
    graph = Graph(0)
    weight = graph.weight("w", (CLASSES, PIXELS), PIXELS)
    graph.node("CDist", [flat(graph), weight], "logits", domain="com.microsoft", metric="sqeuclidean")
    return with_contrib(graph.model())


def squares() -> onnx.ModelProto:
    """The same, written as a sum of squares."""
    graph = Graph(0)
    spread = graph.node("Unsqueeze", [flat(graph), stored(graph, "axis", [1])], "spread")
    shifted = graph.node("Add", [spread, graph.weight("w", (1, CLASSES, PIXELS), PIXELS)], "shifted")
    graph.node("ReduceSumSquare", [shifted], "logits", axes=[2], keepdims=0)
    return graph.model()


@pytest.mark.parametrize(
    "make", [transposed_product, einsum_with_ellipsis, image_as_kernel, recurrent, distances, squares]
)
def test_a_matrix_product_costs_what_it_costs_however_it_is_written(make: Callable[[], onnx.ModelProto]) -> None:
    model = make()

    inspection.refuse_what_cannot_be_measured(model)
    assert inspection.inspect(model, ITEM).macs >= WEIGHTS


def test_the_image_takes_memory_wherever_it_is_first_used() -> None:
    graph = Graph(0)
    graph.node("Add", [graph.weight("one", (1, 1, 1, 1), 1), "input"], "more")
    product = graph.node("Flatten", ["more"], "flat")
    graph.node("MatMul", [product, graph.weight("w", (PIXELS, CLASSES), PIXELS)], "logits")

    assert inspection.inspect(graph.model(), ITEM).memory_bytes == 2 * ITEM.nbytes


def test_wide_integers_take_the_bytes_that_they_take() -> None:
    graph = Graph(0)
    wide = graph.node("Cast", [graph.node("Abs", ["input"], "abs")], "wide", to=TensorProto.UINT64)
    back = graph.node("Flatten", [graph.node("Cast", [wide], "back", to=FLOAT)], "flat")
    graph.node("MatMul", [back, graph.weight("w", (PIXELS, CLASSES), PIXELS)], "logits")

    assert inspection.inspect(graph.model(), ITEM).memory_bytes == PIXELS * (8 + 4)


def eight_in_each(where: str) -> onnx.ModelProto:
    """Eight weights in every stored number, taken apart by shifts that a black picture and a white one leave alone."""
    graph = Graph(0)
    numbers = stored(graph, "numbers", np.arange(PIXELS * CLASSES // 8, dtype=np.uint64)[:, None])
    nothing = graph.node(
        "Cast", [graph.node("ReduceMin", ["input"], "least", keepdims=0)], "none", to=TensorProto.UINT64
    )
    shifts = graph.node("Add", [stored(graph, "steps", np.arange(0, 64, 8, dtype=np.uint64)), nothing], "shifts")
    apart = graph.node("BitShift", [numbers, shifts], "apart", direction="RIGHT")
    octets = graph.node("Cast", [graph.node("Cast", [apart], "octets", to=TensorProto.UINT8)], "reals", to=FLOAT)
    if where == "convolution":
        weight = graph.node("Reshape", [octets, stored(graph, "shape", np.array([CLASSES, 1, 28, 28]))], "weight")
        graph.node("Flatten", [graph.node("Conv", ["input", weight], "answers")], "logits")
    else:
        weight = graph.node("Reshape", [octets, stored(graph, "shape", np.array([PIXELS, CLASSES]))], "weight")
        graph.node("MatMul", [flat(graph), weight], "logits")
    return graph.model(18)


@pytest.mark.parametrize("where", ["convolution", "product"])
def test_weights_that_are_made_at_every_inference_are_counted(where: str) -> None:
    assert inspection.inspect(eight_in_each(where), ITEM).parameters >= WEIGHTS


def test_a_product_of_activations_has_no_weights() -> None:
    graph = Graph(0)
    rows = graph.node("Reshape", ["input", stored(graph, "shape", np.array([0, 28, 28]))], "rows")
    columns = graph.node("Transpose", [rows], "columns", perm=[0, 2, 1])
    products = graph.node("MatMul", [rows, columns], "products")
    graph.node("MatMul", [graph.node("Flatten", [products], "flat"), graph.weight("w", (784, CLASSES), 784)], "logits")

    assert inspection.inspect(graph.model(), ITEM).parameters == WEIGHTS + len([0, 28, 28])


def sparse() -> onnx.SparseTensorProto:
    values = numpy_helper.from_array(np.random.default_rng(0).standard_normal(WEIGHTS).astype(np.float32), "w")
    places = numpy_helper.from_array(np.arange(WEIGHTS), "places")
    return helper.make_sparse_tensor(values, places, [PIXELS, CLASSES])


def sparse_initializer() -> onnx.ModelProto:
    model = linear()
    model.graph.initializer.pop()
    model.graph.node[1].input[1] = "w"
    model.graph.sparse_initializer.append(sparse())
    return model


def sparse_constant() -> onnx.ModelProto:
    model = linear()
    name = model.graph.initializer.pop().name
    model.graph.node.insert(0, helper.make_node("Constant", [], [name], sparse_value=sparse()))
    return model


def weights_as_text() -> onnx.ModelProto:
    """Three bytes for a weight, in one string."""
    graph = Graph(0)
    text = " ".join(map(str, np.random.default_rng(0).integers(0, 99, WEIGHTS)))
    graph.nodes.append(helper.make_node("Constant", [], ["text"], value_strings=[text]))
    graph.nodes.append(helper.make_node("StringSplit", ["text"], ["words", "count"], delimiter=" "))
    numbers = graph.node("Cast", ["words"], "numbers", to=FLOAT)
    weight = graph.node("Reshape", [numbers, stored(graph, "shape", [PIXELS, CLASSES])], "w")
    graph.node("MatMul", [flat(graph), weight], "logits")
    return graph.model(opset=20)


def sequence() -> onnx.ModelProto:
    """A value waits in a sequence, of which the profile tells no size."""
    graph = Graph(0)
    kept = graph.node("SequenceConstruct", ["input"], "kept")
    back = graph.node("SequenceAt", [kept, stored(graph, "first", 0)], "back")
    graph.node(
        "MatMul",
        [graph.node("Flatten", [back], "flat"), graph.weight("w", (PIXELS, CLASSES), PIXELS)],
        "logits",
    )
    return graph.model()


def rows_dropped() -> onnx.ModelProto:
    """An early exit: the large part sees only images that are not dark. Its fastest image would be timed."""
    graph = Graph(0)
    light = graph.node("ReduceMean", ["input"], "light", axes=[1, 2, 3], keepdims=0)
    hard = graph.node("Greater", [light, stored(graph, "threshold", np.float32(0.3))], "hard")
    features = graph.conv(graph.node("Compress", ["input", hard], "rows", axis=0), "large", (1, 64))
    pooled = graph.node("Flatten", [graph.node("GlobalAveragePool", [features], "pool")], "pooled")
    large = graph.node("MatMul", [pooled, graph.weight("h", (64, CLASSES), 64)], "large_logits")
    summed = graph.node("ReduceSum", [large, stored(graph, "rows_axis", [0])], "summed")
    small = graph.node("MatMul", [flat(graph), graph.weight("w", (PIXELS, CLASSES), PIXELS)], "small")
    graph.node("Add", [small, summed], "logits")
    return graph.model()


def small_if_black() -> onnx.ModelProto:
    """One row of a black image, which is what inspection runs, and all rows of any other."""
    graph = Graph(0)
    brightest = graph.node("ReduceMax", ["input"], "brightest", keepdims=0)
    seen = graph.node("Greater", [brightest, stored(graph, "nothing", np.float32(0))], "seen")
    one = graph.node("Reshape", [graph.node("Cast", [seen], "flag", to=TensorProto.INT64), "one"], "flags")
    rows = graph.node("Add", [graph.node("Mul", [one, stored(graph, "rows", [27])], "more"), "one"], "end")
    stored(graph, "one", [1])
    cut = graph.node("Slice", ["input", stored(graph, "zero", [0]), rows, stored(graph, "axis", [2])], "cut")
    pooled = graph.node("GlobalAveragePool", [graph.conv(cut, "conv", (1, 64))], "pool")
    head = graph.weight("h", (64, CLASSES), 64)
    graph.node("MatMul", [graph.node("Flatten", [pooled], "pooled"), head], "logits")
    return graph.model()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (sparse_initializer, "not_plain_tensors"),
        (sparse_constant, "not_plain_tensors"),
        (weights_as_text, "not_plain_tensors"),
        (sequence, "not_plain_tensors"),
        (rows_dropped, "size_from_values"),
        (small_if_black, "size_from_values"),
    ],
)
def test_what_hides_or_varies_its_cost_is_refused(make: Callable[[], onnx.ModelProto], code: str) -> None:
    with pytest.raises(EntryRejected, match=code):
        inspection.refuse_what_cannot_be_measured(make())


def test_a_size_that_follows_from_the_shape_of_the_input_is_welcome() -> None:
    """A free batch is exported like this."""
    graph = Graph(0)
    batch = graph.node("Gather", [graph.node("Shape", ["input"], "shape"), stored(graph, "first", [0])], "batch")
    rows = graph.node("Reshape", ["input", graph.node("Concat", [batch, "rest"], "rows", axis=0)], "flat")
    stored(graph, "rest", [PIXELS])
    graph.node("MatMul", [rows, graph.weight("w", (PIXELS, CLASSES), PIXELS)], "logits")

    inspection.refuse_what_cannot_be_measured(graph.model())


def in_small_pieces(dtype: type[np.generic]) -> onnx.ModelProto:
    """The weights as integers, in pieces too small to be weights."""
    graph = Graph(0)
    pieces = np.random.default_rng(0).integers(0, 127, (140, 56)).astype(dtype)
    names = [stored(graph, f"piece{at}", piece) for at, piece in enumerate(pieces)]
    real = graph.node("Cast", [graph.node("Concat", names, "joined", axis=0)], "real", to=FLOAT)
    weight = graph.node("Reshape", [real, stored(graph, "shape", [PIXELS, CLASSES])], "w")
    graph.node("MatMul", [flat(graph), weight], "logits")
    return graph.model()


def list_of_integers() -> onnx.ModelProto:
    """The weights as an attribute, which takes one or two bytes for each."""
    model = linear()
    model.graph.initializer.pop()
    whole = [int(value) for value in np.random.default_rng(0).integers(0, 127, WEIGHTS)]
    model.graph.node.insert(0, helper.make_node("Constant", [], ["whole"], value_ints=whole))
    model.graph.node.insert(1, helper.make_node("Cast", ["whole"], ["w"], to=FLOAT))
    return model


def narrow_activations() -> onnx.ModelProto:
    """Float weights, and values that wait in eight bits."""
    graph = Graph(0)
    graph.node("Cast", [graph.node("Cast", ["input"], "narrow", to=TensorProto.UINT8)], "wide", to=FLOAT)
    return graph.model()


@pytest.mark.parametrize(
    "make",
    [
        lambda: in_small_pieces(np.int8),
        lambda: in_small_pieces(np.int64),
        list_of_integers,
        narrow_activations,
    ],
)
def test_integers_in_disguise_break_the_float_rule(make: Callable[[], onnx.ModelProto]) -> None:
    with pytest.raises(EntryRejected, match="weights_not_float"):
        inspection.refuse_foreign_weights(make(), "float", b"")


def lists_without_names(model: onnx.ModelProto) -> None:
    """A network of one's own in the attributes of nodes that all have the same name: none."""
    for at in range(40):
        numbers = np.random.default_rng(at).standard_normal(200).tolist()
        model.graph.node.append(helper.make_node("Constant", [], [f"hidden{at}"], value_floats=numbers))


def small_convolutions(model: onnx.ModelProto) -> None:
    """Each has fewer weights than are compared."""
    for at in range(40):
        weight = np.random.default_rng(at).standard_normal((6, 1, 3, 3)).astype(np.float32)
        model.graph.initializer.append(numpy_helper.from_array(weight, f"small{at}"))
        model.graph.node.append(helper.make_node("Conv", ["input", f"small{at}"], [f"hidden{at}"]))


def dead_baseline(model: onnx.ModelProto) -> None:
    """The baseline's layers stay in the file, and nothing depends on them."""
    model.graph.initializer.append(numpy_helper.from_array(np.zeros((1, CLASSES), np.float32), "answer"))
    model.graph.node.append(helper.make_node("Identity", ["answer"], ["other"]))
    model.graph.output[0].name = "other"


@pytest.mark.parametrize("change", [lists_without_names, small_convolutions, dead_baseline])
def test_a_network_beside_the_baselines_weights_is_refused(change: Callable[[onnx.ModelProto], None]) -> None:
    model = small_resnet()
    change(model)

    with pytest.raises(EntryRejected, match="weights_not_baseline"):
        inspection.refuse_foreign_weights(model, "baseline", small_resnet().SerializeToString())


def test_a_layer_of_another_kind_is_another_topology() -> None:
    """A recurrent layer has no weight input that a list of products would know."""
    model = small_resnet()
    width = 16
    weights = {"w": (1, CLASSES, width), "r": (1, CLASSES, CLASSES)}
    for name, shape in weights.items():
        model.graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
    head = next(node for node in model.graph.node if node.op_type == "Gemm")
    head.output[0] = "scores"
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, -1, width]), "step"))
    model.graph.node.append(helper.make_node("Reshape", ["flat", "step"], ["x"]))
    model.graph.node.append(helper.make_node("RNN", ["x", "w", "r"], ["", "h"], hidden_size=CLASSES))
    model.graph.node.append(helper.make_node("Add", ["scores", "h"], ["logits"]))

    with pytest.raises(EntryRejected, match="topology_changed"):
        refuse_other_topology(model.graph, small_resnet().graph)


def test_a_layer_written_as_products_and_sums_is_another_topology() -> None:
    model = small_resnet()
    factors = np.random.default_rng(0).standard_normal((1, CLASSES, PIXELS)).astype(np.float32)
    model.graph.initializer.append(numpy_helper.from_array(factors, "factors"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, PIXELS]), "row"))
    head = next(node for node in model.graph.node if node.op_type == "Gemm")
    head.output[0] = "scores"
    model.graph.node.append(helper.make_node("Reshape", ["input", "row"], ["pixels"]))
    model.graph.node.append(helper.make_node("Mul", ["pixels", "factors"], ["product"]))
    model.graph.node.append(helper.make_node("ReduceMean", ["product"], ["hidden"], axes=[2], keepdims=0))
    model.graph.node.append(helper.make_node("Sub", ["scores", "hidden"], ["logits"]))

    with pytest.raises(EntryRejected, match="topology_changed") as refusal:
        refuse_other_topology(model.graph, small_resnet().graph)
    assert refusal.value.params["layer"] == "value outside layers"


def test_a_graph_out_of_order_is_not_read() -> None:
    """ONNX Runtime sorts it, and whoever follows its values in the order of the file would miss layers."""
    model = small_resnet()
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))

    with pytest.raises(EntryRejected, match="not_parseable"):
        inspection.parse(model.SerializeToString())
    with pytest.raises(EntryRejected, match="topology_changed"):
        refuse_other_topology(model.graph, small_resnet().graph)
