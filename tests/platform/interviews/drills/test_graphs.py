"""Memory and arithmetic of drills, held against graphs that run, through what grades submissions."""

from collections.abc import Mapping

import numpy as np
import onnxruntime as ort
import pytest

from grader.quantization import executed
from interviews.drills.book import book
from tests.models import Graph
from tests.platform.interviews.drills.solvers import figure, rows, seen_in


@pytest.mark.parametrize("seed", range(6))
def test_the_peak_is_what_the_grader_finds_in_a_graph_that_runs(seed: int) -> None:
    """The block as an ONNX graph in float32, through the liveness with which submissions are graded."""
    problem = book()["peak-memory"].problem(seed)
    channels, size, _ = (int(n) for n in problem.given["input"].split("×"))
    graph, widths = Graph(0), {"input": channels}
    for _at, operation, reads, name, shape in rows(problem.given["rows"]):
        sources = ["input" if one == "x" else one for one in reads.split(", ")]
        widths[name] = int(shape.split("×")[0])
        build(graph, operation, sources, name, widths)
    shape = (1, channels, size, size)
    model = graph.model(shape=shape)
    model.graph.output[0].name = name
    model.graph.output[0].type.tensor_type.ClearField("shape")

    run = executed.execute(
        model.SerializeToString(), np.zeros(shape, np.float32), ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    )

    as_stored = figure(problem.given["bytes"]) / 4
    assert executed.peak_activation_bytes(run) / 1024 * as_stored == problem.asked["peak"].value


def build(graph: Graph, operation: str, sources: list[str], name: str, widths: Mapping[str, int]) -> None:
    """Add one row of the table."""
    kind, _, kernel = operation.partition(" ")
    if kind in ("Add", "Concat"):
        graph.node(kind, sources, name, **({"axis": 1} if kind == "Concat" else {}))
        return
    size, groups = int(kernel[0]), widths[sources[0]] if kind == "Depthwise" else 1
    weight = graph.weight(f"{name}.w", (widths[name], widths[sources[0]] // groups, size, size), 9)
    graph.node("Conv", [*sources, weight], name, pads=[size // 2] * 4, group=groups)


@pytest.mark.parametrize("seed", range(4))
def test_a_convolution_costs_what_the_grader_counts_in_a_graph_that_runs(seed: int) -> None:
    seen = seen_in(book()["convolution"].problem(seed))
    graph, shape = Graph(0), (1, int(seen.ins), int(seen.size), int(seen.size))
    weight = graph.weight("w", (int(seen.outs), int(seen.ins / seen.groups), *[int(seen.kernel)] * 2), 9)
    pads, strides = [int(seen.padding)] * 4, [int(seen.stride)] * 2
    graph.node("Conv", ["input", weight], "logits", pads=pads, strides=strides, group=int(seen.groups))
    model = graph.model(shape=shape)
    model.graph.output[0].type.tensor_type.ClearField("shape")

    run = executed.execute(
        model.SerializeToString(), np.zeros(shape, np.float32), ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    )

    asked = book()["convolution"].problem(seed).asked
    assert executed.macs(run) / 1e6 == asked["macs"].value
    assert run.nodes[-1].outputs[0].shape[2] == asked["out"].value
