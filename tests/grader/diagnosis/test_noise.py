"""Layers are matched by what is in them, and the noisy one is found. These graphs are our own, so they run here."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

from grader.diagnosis.flow import Flow
from grader.diagnosis.noise import noise_by_layer, worst
from grader.quantization.ptq import Batches
from grader.quantization.rungs import RUNGS
from grader.report import SQNR_CEILING_DB, LayerNoise
from tests.models import Graph, linear, small_resnet

ITEMS = np.random.default_rng(3).standard_normal((16, 1, 28, 28)).astype(np.float32)


def noise(entry: onnx.ModelProto, baseline: onnx.ModelProto | None = None) -> dict[str, LayerNoise]:
    found = noise_by_layer(Flow(baseline or small_resnet()), Flow(entry), ITEMS)
    return {layer.name: layer for layer in found}


def change(model: onnx.ModelProto, name: str, factor: np.ndarray | float) -> None:
    """Multiply a stored tensor."""
    for tensor in model.graph.initializer:
        if tensor.name == name:
            tensor.CopyFrom(numpy_helper.from_array((numpy_helper.to_array(tensor) * factor).astype(np.float32), name))


def renamed(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph under other names."""
    for at, node in enumerate(model.graph.node):
        node.name = f"n{at}"
    return model


@pytest.mark.parametrize(("rung", "bits"), [*((name, 8) for name in list(RUNGS)[:3]), ("weight_only_int4", 4)])
def test_every_layer_of_a_quantized_baseline_is_matched_whatever_it_is_called(rung: str, bits: int) -> None:
    found = noise(renamed(RUNGS[rung](small_resnet(), ITEMS)))

    assert len(found) == 7
    assert {layer.bits for layer in found.values()} == {bits}
    for layer in found.values():
        assert layer.entry.startswith(("n", "logits"))
        assert layer.weights_sqnr_db is not None
        assert 10 < layer.weights_sqnr_db < 60
        assert layer.output_sqnr_db is not None
        assert 5 < layer.output_sqnr_db < 60


@pytest.mark.parametrize("quant_format", [QuantFormat.QDQ, QuantFormat.QOperator])
def test_both_static_formats_show_the_same_noise(quant_format: QuantFormat, tmp_path: Path) -> None:
    onnx.save(small_resnet(), tmp_path / "raw.onnx")
    quantize_static(
        tmp_path / "raw.onnx",
        tmp_path / "quantized.onnx",
        Batches("input", ITEMS),
        quant_format=quant_format,
        per_channel=True,
        weight_type=QuantType.QInt8,
    )

    found = noise(onnx.load(tmp_path / "quantized.onnx"))

    assert all(25 < (layer.weights_sqnr_db or 0) < 60 for layer in found.values())
    assert all(20 < (layer.output_sqnr_db or 0) < 60 for layer in found.values())


def test_fewer_bits_are_more_noise() -> None:
    int8 = noise(RUNGS["static_per_channel"](small_resnet(), ITEMS))
    int4 = noise(RUNGS["weight_only_int4"](small_resnet(), ITEMS))

    assert all((int8[name].weights_sqnr_db or 0) > (int4[name].weights_sqnr_db or 0) + 10 for name in int8)


def test_a_layer_whose_weights_were_damaged_is_the_worst() -> None:
    damaged = small_resnet()
    change(damaged, "block0.b.weight", np.random.default_rng(0).choice([0.5, 1.5], (8, 8, 3, 3)))

    found = noise(damaged)

    assert worst(tuple(found.values()))[0] == "block0.b"
    assert found["stem"].output_sqnr_db == SQNR_CEILING_DB


def test_a_layer_beyond_recognition_is_matched_by_its_place() -> None:
    ruined = small_resnet()
    change(ruined, "block1.b.weight", np.random.default_rng(0).standard_normal((16, 16, 3, 3)))

    found = noise(ruined)

    assert found["block1.b"].entry == "block1.b"
    assert worst(tuple(found.values()))[0] == "block1.b"


def test_the_baseline_itself_loses_nothing() -> None:
    found = noise(small_resnet())

    assert {layer.output_sqnr_db for layer in found.values()} == {SQNR_CEILING_DB}
    assert worst(tuple(found.values())) == ()


def test_equalised_channels_are_no_noise() -> None:
    equalised, factors = small_resnet(), np.float32(2.0) ** np.arange(-4, 4)
    change(equalised, "block0.a.weight", factors.reshape(-1, 1, 1, 1))
    change(equalised, "block0.a.bias", factors)
    change(equalised, "block0.b.weight", 1 / factors.reshape(1, -1, 1, 1))

    found = noise(equalised)

    assert all((layer.weights_sqnr_db or 0) > 100 for layer in found.values())
    assert all((layer.output_sqnr_db or 0) > 100 for layer in found.values())


def test_another_networks_layers_are_not_matched() -> None:
    assert {layer.entry for layer in noise(small_resnet(seed=9)).values()} == {""}
    assert {layer.entry for layer in noise(linear()).values()} == {""}


def test_pruned_layers_are_not_matched() -> None:
    found = noise(small_resnet(channels=(6, 16)))

    assert found["stem"] == LayerNoise(name="stem", op="Conv")


def test_an_embedding_is_a_layer_and_a_shape_is_not() -> None:
    words = np.arange(16).reshape(2, 8) % 50
    found = noise_by_layer(Flow(reader()), Flow(RUNGS["weight_only_int4"](reader(), words)), words)

    assert [(layer.name, layer.bits) for layer in found] == [("embedded", 4), ("logits", 4)]
    assert all(10 < (layer.output_sqnr_db or 0) < 40 for layer in found)


def reader() -> onnx.ModelProto:
    """Word numbers in, class scores out."""
    graph = Graph(0)
    table = graph.weight("table", (50, 64), 10)
    graph.node("Gather", [table, "input"], "embedded")
    mean = graph.node("ReduceMean", ["embedded"], "mean", axes=[1], keepdims=0)
    graph.node("MatMul", [mean, graph.weight("head", (64, 10), 64)], "logits")
    model = graph.model(shape=("batch", 8))
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    return model
