"""What an inference costs on paper, held against graphs that run and against counting one by one."""

import math

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.cost.energy import average_power_w, battery_h, energy_j
from grader.cost.layers import Attention, Convolution, depthwise_separable, receptive_field
from grader.cost.memory import Step, kv_cache_bytes, live_bytes, peak_live_bytes, stored_bytes
from grader.cost.roofline import amdahl, inference_s, intensity, sequential_s
from grader.quantization import executed
from grader.quantization.packing import mask_break_even, masked_bytes
from tests.models import Graph


def executed_convolution(layer: Convolution, size: int) -> tuple[int, tuple[int, ...]]:
    """MACs and output shape of the layer as ONNX Runtime ran it."""
    graph = Graph(0)
    weight = graph.weight("w", layer.weight_shape, 9)
    pads, strides = [layer.padding] * 4, [layer.stride] * 2
    graph.node("Conv", ["input", weight], "logits", pads=pads, strides=strides, group=layer.groups)
    shape = (1, layer.in_channels, size, size)
    model = graph.model(shape=shape)
    model.graph.output[0].type.tensor_type.ClearField("shape")
    run = executed.execute(
        model.SerializeToString(), np.zeros(shape, np.float32), ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    )
    return executed.macs(run), run.nodes[-1].outputs[0].shape


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_a_convolution_costs_what_the_runtime_executes(groups: int, stride: int, padding: int) -> None:
    layer = Convolution(in_channels=4, out_channels=8, kernel=3, stride=stride, padding=padding, groups=groups)

    macs, shape = executed_convolution(layer, 11)

    assert macs == layer.macs(11, 11)
    assert shape == (1, 8, layer.output_size(11), layer.output_size(11))


def test_a_bias_is_a_parameter_but_no_multiplication() -> None:
    plain, biased = (Convolution(in_channels=4, out_channels=8, kernel=3, bias=bias) for bias in (False, True))

    assert biased.parameters == plain.parameters + 8
    assert biased.macs(9, 9) == plain.macs(9, 9)


def test_groups_divide_the_channels() -> None:
    with pytest.raises(ValueError, match="divide"):
        Convolution(in_channels=6, out_channels=8, kernel=3, groups=4)


@given(st.integers(1, 64), st.integers(1, 64), st.sampled_from([3, 5]))
def test_separable_saves_what_the_paper_says(ins: int, outs: int, kernel: int) -> None:
    whole = Convolution(in_channels=ins, out_channels=outs, kernel=kernel, padding=kernel // 2)

    parts = depthwise_separable(ins, outs, kernel, padding=kernel // 2)

    share = sum(part.macs(8, 8) for part in parts) / whole.macs(8, 8)
    assert share == pytest.approx(1 / outs + 1 / kernel**2)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_attention_costs_what_its_products_execute(kv_heads: int) -> None:
    """The products as a graph: projections, then every query head with the keys and values of its group."""
    block, tokens = Attention(width=16, heads=4, kv_heads=kv_heads), 6
    graph = Graph(0)
    query = graph.node("MatMul", ["input", graph.weight("q", (16, 16), 16)], "query")
    for name in ("key", "value"):
        graph.node("MatMul", ["input", graph.weight(f"{name}.w", (16, block.kv_width), 16)], name)
    heads = [one_head(graph, query, head, head * kv_heads // 4) for head in range(4)]
    joined = graph.node("Concat", heads, "joined", axis=-1)
    graph.node("MatMul", [joined, graph.weight("o", (16, 16), 16)], "logits")
    model = graph.model(shape=(1, tokens, 16))
    model.graph.output[0].type.tensor_type.ClearField("shape")

    run = executed.execute(
        model.SerializeToString(), np.zeros((1, tokens, 16), np.float32), ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    )

    assert executed.macs(run) == block.macs(tokens)
    assert sum(math.prod(tensor.dims) for tensor in run.graph.initializer if len(tensor.dims) == 2) == block.parameters


def one_head(graph: Graph, query: str, head: int, group: int) -> str:
    """Q·Kᵀ, and the scores times V."""
    q, k, v = (part(graph, name, at) for name, at in ((query, head), ("key", group), ("value", group)))
    turned = graph.node("Transpose", [k], f"{k}.{head}.t", perm=[0, 2, 1])
    return graph.node("MatMul", [graph.node("MatMul", [q, turned], f"scores.{head}"), v], f"head.{head}")


def part(graph: Graph, name: str, at: int) -> str:
    """Four features of a tensor."""
    from onnx import numpy_helper

    out = f"{name}.{at}.{len(graph.nodes)}"
    for end, value in (("from", 4 * at), ("to", 4 * at + 4), ("axis", 2)):
        graph.weights.append(numpy_helper.from_array(np.array([value], np.int64), f"{out}.{end}"))
    return graph.node("Slice", [name, f"{out}.from", f"{out}.to", f"{out}.axis"], out)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=5))
def test_a_receptive_field_is_what_one_output_reaches(layers: list[tuple[int, int, int]]) -> None:
    seen = {0}
    for kernel, stride, dilation in reversed(layers):
        seen = {at * stride + tap * dilation for at in seen for tap in range(kernel)}

    assert receptive_field(layers) == max(seen) - min(seen) + 1


def test_live_bytes_of_a_shortcut() -> None:
    steps = [Step(("x",), {"a": 40}), Step(("a",), {"b": 20}), Step(("x", "b"), {"y": 10})]

    assert live_bytes(steps, {"x": 10}, ["y"]) == [50, 70, 40]
    assert peak_live_bytes(steps, {"x": 10}, ["y"]) == 70


def test_an_input_that_nobody_needs_any_more_counts_only_at_the_start() -> None:
    assert peak_live_bytes([], {"x": 10}, ["x"]) == 10
    assert live_bytes([Step(("x",), {"y": 1}), Step(("y",), {"z": 1})], {"x": 10}, ["z"]) == [11, 2]


@given(st.integers(0, 1000), st.sampled_from([1, 2, 4, 8, 16]))
def test_bits_are_packed_into_whole_bytes(elements: int, bits: int) -> None:
    assert stored_bytes(elements, bits) == len(np.packbits(np.ones(elements * bits, np.bool_)))


def test_nothing_is_stored_in_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="below 0"):
        stored_bytes(-1, 8)


def test_a_cache_is_as_large_as_its_arrays() -> None:
    keys = np.empty((12, 4, 100, 64), np.float16)

    assert kv_cache_bytes(12, 4, 64, 100, 16) == 2 * keys.nbytes


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([4, 8, 16]))
def test_a_masked_tensor_is_a_bit_each_and_what_is_left(elements: int, share: float, bits: int) -> None:
    kept = round(elements * share)

    size = masked_bytes(elements, kept, bits)

    assert size == len(np.packbits(np.ones(elements, np.bool_))) + len(np.packbits(np.ones(kept * bits, np.bool_)))


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_at_break_even_masked_and_dense_are_the_same(bits: int) -> None:
    elements = 6400
    kept = round(elements * (1 - mask_break_even(bits)))

    assert masked_bytes(elements, kept, bits) == stored_bytes(elements, bits)


def test_more_is_never_left_than_there_was() -> None:
    with pytest.raises(ValueError, match="kept"):
        masked_bytes(10, 11, 8)


def test_the_longer_one_is_the_bound() -> None:
    slow_memory = inference_s(macs=1e9, traffic_bytes=1e7, macs_per_s=1e12, bytes_per_s=1e9)
    slow_arithmetic = inference_s(macs=1e9, traffic_bytes=1e7, macs_per_s=1e10, bytes_per_s=1e9)

    assert (slow_memory.by, slow_memory.seconds) == ("memory", pytest.approx(0.01))
    assert (slow_arithmetic.by, slow_arithmetic.seconds) == ("compute", pytest.approx(0.1))
    assert intensity(1e9, 1e7) == 100


def test_a_device_without_speed_or_a_layer_without_traffic_is_refused() -> None:
    with pytest.raises(ValueError, match="peaks"):
        inference_s(1, 1, 0, 1)
    with pytest.raises(ValueError, match="traffic"):
        intensity(1, 0)


@given(st.floats(0, 0.99), st.floats(1, 100))
def test_the_whole_never_gains_more_than_its_part_or_its_rest_allows(fraction: float, speed_up: float) -> None:
    whole = amdahl(fraction, speed_up)

    assert whole == pytest.approx(100 / (100 * (1 - fraction) + 100 * fraction / speed_up))
    assert 1 - 1e-9 <= whole <= min(speed_up, 1 / (1 - fraction)) * (1 + 1e-9)


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="fraction"):
        amdahl(1.1, 2)


def test_stages_one_after_another_add_up() -> None:
    assert sequential_s([0.01, 0.02, 0.03]) == pytest.approx(0.06)


def test_a_battery_lasts_as_long_as_its_energy() -> None:
    energy = energy_j(power_w=0.2, seconds=0.05)

    power = average_power_w(idle_w=0.001, energy_per_inference_j=energy, inferences_per_s=0.5)

    assert energy == pytest.approx(0.01)
    assert battery_h(1.2, power) * 3600 * power == pytest.approx(1.2 * 3600)
    with pytest.raises(ValueError, match="power"):
        battery_h(1, 0)
