"""What a challenge forbids, proved by the graph: each rule holds with its figure in the report, or rejects by name."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from grader.challenge import Baseline, PtqRecipe, Rules
from grader.errors import EntryRejected
from grader.quantization import inspection, ptq
from grader.quantization.topology import refuse_other_topology
from grader.report import InspectionFacts, RuleFacts
from grader.rules import check_inspected, check_timed
from tests.grader.challenges import RULES
from tests.grader.reports import measured
from tests.models import Graph, small_resnet

ITEM = np.zeros((1, 1, 28, 28), np.float32)
BASELINE = Baseline(outputs=np.zeros((4, 10)), accuracy=0.9, size_bytes=10_000, memory_bytes=10_000)


@pytest.fixture(scope="module")
def facts() -> InspectionFacts:
    return inspection.inspect(small_resnet(), ITEM)


@pytest.fixture(scope="module")
def int8_facts() -> InspectionFacts:
    items = np.random.default_rng(0).standard_normal((32, 1, 28, 28)).astype(np.float32)
    return inspection.inspect(ptq.quantize(small_resnet(), items, PtqRecipe()), ITEM)


def checked(facts: InspectionFacts, **limits: object) -> tuple[RuleFacts, ...]:
    return check_inspected(facts, replace(RULES, **limits), BASELINE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "field", "code"),
    [
        ("max_parameters", "parameters", "too_many_parameters"),
        ("max_macs", "macs", "too_many_macs"),
        ("max_memory_bytes", "memory_bytes", "too_much_memory"),
    ],
)
def test_a_limit_holds_up_to_its_last_unit(facts: InspectionFacts, rule: str, field: str, code: str) -> None:
    found = getattr(facts, field)

    assert checked(facts, **{rule: found}) == (RuleFacts(name=rule, limit=found, measured=found),)
    with pytest.raises(EntryRejected) as refusal:
        checked(facts, **{rule: found - 1})
    assert refusal.value.code == code
    assert refusal.value.params == {"measured": found, "limit": found - 1}


def test_integer_kernels_are_counted_by_the_work_that_they_do(
    facts: InspectionFacts, int8_facts: InspectionFacts
) -> None:
    (rule,) = checked(int8_facts, min_int8_macs=0.99)

    assert rule.measured == pytest.approx(1)
    with pytest.raises(EntryRejected, match="int8_not_executed"):
        checked(facts, min_int8_macs=0.01)


def test_rules_that_hold_while_the_graph_is_read_are_listed(facts: InspectionFacts) -> None:
    names = [(rule.name, rule.kind) for rule in checked(facts, weights="float", topology="baseline")]

    assert names == [("weights", "float"), ("topology", "baseline")]


def test_a_bound_on_latency_is_checked_once_it_is_timed() -> None:
    timed = measured(
        accuracy=0.9,
        baseline_accuracy=0.9,
        max_drop=0.01,
        size_bytes=1,
        baseline_size_bytes=1,
        memory_bytes=1,
        baseline_memory_bytes=1,
        latency=1.5,
    ).latency
    bound = Rules(input=RULES.input, output=RULES.output, max_latency=1.5)

    assert check_timed(timed, bound)[0].measured == 1.5
    assert check_timed(timed, RULES) == ()
    with pytest.raises(EntryRejected, match="too_slow"):
        check_timed(timed, replace(bound, max_latency=1.4))


def unpacking() -> onnx.ModelProto:
    """A matrix of 7,840 weights that lies in 1,960 integers, four bytes in each, and is taken apart by the graph."""
    graph = Graph(0)
    packed = np.random.default_rng(0).integers(0, 2**32, (1960, 1), np.uint32)
    graph.weights += [
        numpy_helper.from_array(packed, "packed"),
        numpy_helper.from_array(np.array([[0, 8, 16, 24]], np.uint32), "shifts"),
        numpy_helper.from_array(np.array(255, np.uint32), "mask"),
        numpy_helper.from_array(np.array([784, 10]), "shape"),
    ]
    graph.node("BitShift", ["packed", "shifts"], "shifted", direction="RIGHT")
    graph.node("BitwiseAnd", ["shifted", "mask"], "bytes")
    graph.node("Reshape", [graph.node("Cast", ["bytes"], "real", to=TensorProto.FLOAT), "shape"], "weight")
    graph.node("MatMul", [graph.node("Flatten", ["input"], "flat"), "weight"], "logits")
    return graph.model(opset=18)


def test_weights_packed_into_wider_numbers_are_counted_unpacked() -> None:
    assert inspection.inspect(unpacking(), ITEM).parameters >= 7840


def test_products_count_however_they_are_written() -> None:
    graph = Graph(0)
    weight = graph.weight("weight", (1, 10, 784), 784)
    graph.weights += [
        numpy_helper.from_array(np.array([1]), "axis"),
        numpy_helper.from_array(np.array([2]), "last"),
    ]
    spread = graph.node("Unsqueeze", [graph.node("Flatten", ["input"], "flat"), "axis"], "spread")
    product = graph.node("Mul", [spread, weight], "product")
    graph.node("ReduceSum", [product, "last"], "logits", keepdims=0)

    assert inspection.inspect(graph.model(), ITEM).macs == 7840


def test_an_einsum_counts_each_of_its_indices_once() -> None:
    graph = Graph(0)
    flat = graph.node("Flatten", ["input"], "flat")
    graph.node("Einsum", [flat, graph.weight("weight", (784, 10), 784)], "logits", equation="bi,io->bo")

    assert inspection.inspect(graph.model(), ITEM).macs == 7840


def test_fewer_channels_are_the_same_topology_and_quantizing_too() -> None:
    items = np.random.default_rng(0).standard_normal((32, 1, 28, 28)).astype(np.float32)
    slim = small_resnet(channels=(4, 8))

    refuse_other_topology(slim.graph, small_resnet().graph)
    refuse_other_topology(ptq.quantize(slim, items, PtqRecipe()).graph, small_resnet().graph)


def test_a_missing_block_is_another_topology() -> None:
    with pytest.raises(EntryRejected, match="topology_changed"):
        refuse_other_topology(small_resnet(channels=(8,)).graph, small_resnet().graph)


def test_layers_that_nothing_depends_on_do_not_make_up_for_missing_ones() -> None:
    short = small_resnet(channels=(8,))
    long = small_resnet()
    padded = onnx.ModelProto()
    padded.CopyFrom(short)
    names = {name for node in short.graph.node for name in node.output}
    padded.graph.node.extend(node for node in long.graph.node if node.output[0] not in names)
    padded.graph.initializer.extend(
        item for item in long.graph.initializer if item.name not in {known.name for known in short.graph.initializer}
    )

    with pytest.raises(EntryRejected, match="topology_changed"):
        refuse_other_topology(padded.graph, long.graph)


def test_a_sum_with_a_constant_is_no_residual() -> None:
    graph = small_resnet().graph
    constant = numpy_helper.from_array(np.zeros((1, 16, 1, 1), np.float32), "nothing")
    graph.initializer.append(constant)
    total = next(node for node in graph.node if node.op_type == "Add" and node.name.startswith("block1"))
    total.input[1] = "nothing"

    with pytest.raises(EntryRejected, match="topology_changed"):
        refuse_other_topology(graph, small_resnet().graph)
