"""Weights in blocks are read as the runtime reads them: its own answers are the expected values."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from grader.quantization import graph
from grader.quantization.blocks import real_values

ROWS, COLUMNS = 6, 64
RNG = np.random.default_rng(3)


def bytes_of(shape: tuple[int, ...]) -> np.ndarray:
    return RNG.integers(0, 256, shape).astype(np.uint8)


def scales_of(shape: tuple[int, ...]) -> np.ndarray:
    return RNG.uniform(0.01, 1, shape).astype(np.float32)


def one_node(node: onnx.NodeProto, source: int, shape: list[int], stored: dict[str, np.ndarray]) -> onnx.ModelProto:
    """A model of a single operator whose input is "x"."""
    values = [helper.make_tensor_value_info("x", source, shape)]
    answer = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    constants = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    operators = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(
        helper.make_graph([node], "one", values, answer, constants), opset_imports=operators, ir_version=10
    )


def answer(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})[0]


def read(model: onnx.ModelProto) -> np.ndarray | None:
    return real_values(model.graph.node[0], graph.constants(model.graph))


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("with_points", [False, True])
def test_a_product_multiplies_by_what_was_read(bits: int, with_points: bool) -> None:
    blocks, size = COLUMNS // 32, 32
    stored = {"w": bytes_of((ROWS, blocks, size * bits // 8)), "s": scales_of((ROWS * blocks,))}
    if with_points:
        stored["z"] = bytes_of((ROWS * -(-blocks * bits // 8),))
    attributes = {"K": COLUMNS, "N": ROWS, "bits": bits, "block_size": size}
    node = helper.make_node("MatMulNBits", ["x", *stored], ["y"], domain="com.microsoft", **attributes)
    model = one_node(node, TensorProto.FLOAT, [COLUMNS, COLUMNS], stored)

    weights = answer(model, np.eye(COLUMNS, dtype=np.float32)).T

    assert np.allclose(read(model), weights, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("with_points", [False, True])
def test_a_table_hands_out_the_rows_that_were_read(bits: int, with_points: bool) -> None:
    stored = {"w": bytes_of((ROWS, COLUMNS * bits // 8)), "s": scales_of((ROWS, COLUMNS // 32))}
    inputs = ["w", "x", "s"]
    if with_points:
        stored["z"] = bytes_of((ROWS, -(-COLUMNS // 32 * bits // 8)))
        inputs.append("z")
    node = helper.make_node(
        "GatherBlockQuantized", inputs, ["y"], domain="com.microsoft", bits=bits, block_size=32, quantize_axis=1
    )
    model = one_node(node, TensorProto.INT64, [ROWS], stored)

    assert np.allclose(read(model), answer(model, np.arange(ROWS)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1])
def test_dequantizing_by_blocks_gives_what_was_read(axis: int) -> None:
    shape = (COLUMNS, ROWS) if axis == 0 else (ROWS, COLUMNS)
    blocks = tuple(size // 32 if at == axis else size for at, size in enumerate(shape))
    stored = {"w": bytes_of(shape), "s": scales_of(blocks), "z": bytes_of(blocks)}
    node = helper.make_node("DequantizeLinear", [*stored], ["d"], axis=axis, block_size=32)
    model = one_node(node, TensorProto.FLOAT, [1], stored)
    model.graph.node.append(helper.make_node("Add", ["d", "x"], ["y"]))

    assert np.allclose(read(model), answer(model, np.zeros(1, np.float32)), rtol=1e-5, atol=1e-5)


def test_scales_that_are_computed_cannot_be_read() -> None:
    node = helper.make_node(
        "MatMulNBits", ["x", "w", "computed"], ["y"], domain="com.microsoft", K=COLUMNS, N=ROWS, bits=4, block_size=32
    )
    model = one_node(node, TensorProto.FLOAT, [1, COLUMNS], {"w": bytes_of((ROWS, 2, 16))})

    assert read(model) is None
