"""Bytes of grouped weights, held against what ONNX Runtime's four-bit operator takes."""

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from grader.quantization.packing import GroupedSize, grouped_size


def run_matmul_nbits(rows: int, columns: int, group_size: int, size: GroupedSize) -> np.ndarray:
    """x · Wᵀ for x = 1 and W of ones: int4 code 9 is 9 - 8, every scale is 1. Raises if the sizes do not fit."""
    packed = np.full(size.payload_bytes, 0x99, np.uint8).reshape(rows, -1, group_size // 2)
    scales = np.ones(size.scale_bytes // 4, np.float32)
    node = helper.make_node(
        "MatMulNBits",
        ["x", "w", "s"],
        ["y"],
        domain="com.microsoft",
        K=columns,
        N=rows,
        bits=4,
        block_size=group_size,
    )
    graph = helper.make_graph(
        [node],
        "matmul",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, columns])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, rows])],
        [numpy_helper.from_array(packed, "w"), numpy_helper.from_array(scales, "s")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    session = ort.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": np.ones((1, columns), np.float32)})[0]


@pytest.mark.parametrize(("rows", "columns", "group_size"), [(8, 128, 32), (16, 256, 128), (4, 72, 32)])
def test_onnx_runtime_takes_exactly_these_bytes(rows: int, columns: int, group_size: int) -> None:
    size = grouped_size(rows, columns, bits=4, group_size=group_size, scale_bits=32)

    y = run_matmul_nbits(rows, columns, group_size, size)

    np.testing.assert_array_equal(y, np.full((1, rows), columns, np.float32))


def test_onnx_runtime_refuses_one_group_less() -> None:
    short = GroupedSize(elements=8 * 128, payload_bytes=8 * 3 * 16, scale_bytes=8 * 3 * 4)

    with pytest.raises(Exception, match=r"INVALID_ARGUMENT|shape"):
        run_matmul_nbits(8, 128, 32, short)


@given(rows=st.integers(1, 64), groups=st.integers(1, 16), group_size=st.sampled_from([16, 32, 64, 128]))
def test_a_weight_costs_its_bits_and_its_share_of_the_scale(rows: int, groups: int, group_size: int) -> None:
    size = grouped_size(rows, groups * group_size, bits=4, group_size=group_size)

    assert size.bits_per_weight == pytest.approx(4 + 16 / group_size)


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        grouped_size(4, 4, bits=4, group_size=0)
