"""A small network to quantize, and what to calibrate it with."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader

CHANNELS = 8


class Batches(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Three random batches."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self._items = iter([rng.standard_normal((1, CHANNELS, 8, 8)).astype(np.float32) for _ in range(3)])

    def get_next(self) -> dict[str, Any] | None:
        """The next one. None behind the last."""
        item = next(self._items, None)
        return None if item is None else {"input": item}


def three_convolutions(path: Path) -> None:
    """Write a float network of three 3x3 convolutions, each with its ReLU; nodes conv0 to conv2, weights w0 to w2."""
    rng = np.random.default_rng(0)
    nodes, weights, source = [], [], "input"
    for at in range(3):
        values = (rng.standard_normal((CHANNELS, CHANNELS, 3, 3)) / np.sqrt(36)).astype(np.float32)
        weights += [
            numpy_helper.from_array(values, f"w{at}"),
            numpy_helper.from_array(np.zeros(CHANNELS, np.float32), f"b{at}"),
        ]
        nodes.append(helper.make_node("Conv", [source, f"w{at}", f"b{at}"], [f"c{at}"], name=f"conv{at}", pads=[1] * 4))
        nodes.append(helper.make_node("Relu", [f"c{at}"], [f"r{at}"], name=f"relu{at}"))
        source = f"r{at}"
    shape = [1, CHANNELS, 8, 8]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(source, TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "net", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
