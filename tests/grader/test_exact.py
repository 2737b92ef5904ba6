"""Exact arithmetic answers for every valid way to write int8 weights."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from grader.quantization.exact import with_zero_points
from grader.runtimes.ort import OrtSession

ITEMS = np.ones((2, 8, 4, 4), np.float32)


def weights_only(channels: int, *, zero_point: bool) -> onnx.ModelProto:
    """A convolution whose int8 weights are dequantized with one scale for each output channel."""
    rng = np.random.default_rng(0)
    tensors = {"w": rng.integers(-99, 99, (channels, 8, 1, 1)).astype(np.int8), "s": np.full(channels, 0.5, np.float32)}
    if zero_point:
        tensors["z"] = np.zeros(channels, np.int8)
    nodes = [
        helper.make_node("DequantizeLinear", list(tensors), ["real"], axis=0),
        helper.make_node("Conv", ["x", "real"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def test_the_zero_points_that_a_model_leaves_out_are_zero() -> None:
    short, long = (weights_only(10, zero_point=given).SerializeToString() for given in (False, True))

    answer = OrtSession(short, exact=True).run(ITEMS)

    assert np.array_equal(answer, OrtSession(long, exact=True).run(ITEMS))
    assert np.allclose(answer, OrtSession(short).run(ITEMS))


@pytest.mark.parametrize("zero_point", [False, True])
def test_the_model_itself_is_not_touched(zero_point: bool) -> None:
    model = weights_only(10, zero_point=zero_point)
    before = model.SerializeToString()

    completed = with_zero_points(model)

    assert model.SerializeToString() == before
    assert (completed == model) is zero_point
