"""What the runtime really ran: kernels left in float beside integer ones, and pairs that do nothing, by name."""

import numpy as np
import onnx
import onnxruntime as ort

from grader.challenge import PtqRecipe
from grader.quantization import executed, ptq
from grader.quantization.executed import Execution
from tests.models import Graph, small_resnet

ITEMS = np.random.default_rng(0).standard_normal((32, 1, 28, 28)).astype(np.float32)


def executed_by_default(model: onnx.ModelProto) -> Execution:
    named = executed.with_unique_names(model).SerializeToString()
    return executed.execute(named, ITEMS[:1], ort.GraphOptimizationLevel.ORT_ENABLE_ALL)


def interrupted() -> onnx.ModelProto:
    """Two convolutions that become integer, and between them an operator that cannot."""
    graph = Graph(0)
    middle = graph.node("Erf", [graph.conv("input", "first", (1, 8))], "middle")
    flat = graph.node(
        "Flatten", [graph.node("GlobalAveragePool", [graph.conv(middle, "last", (8, 8))], "pool")], "flat"
    )
    graph.node("Gemm", [flat, graph.weight("head", (8, 10), 8)], "logits")
    return graph.model()


def test_a_float_kernel_between_integer_ones_is_named() -> None:
    run = executed_by_default(ptq.quantize(interrupted(), ITEMS, PtqRecipe()))

    assert executed.float_fallbacks(run) == ("middle",)


def test_a_float_model_falls_back_to_nothing() -> None:
    assert executed.float_fallbacks(executed_by_default(small_resnet())) == ()


def test_a_whole_integer_model_has_neither() -> None:
    run = executed_by_default(ptq.quantize(small_resnet(), ITEMS, PtqRecipe()))

    assert executed.float_fallbacks(run) == ()
    assert executed.dead_qdq(run) == ()
