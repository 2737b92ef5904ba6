"""First attempt: change the weights of baseline.onnx without changing what it computes, and write entry.onnx.

As an example one channel of one layer is scaled. measure.py shows which channels really need it, and how much.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

HERE = Path(__file__).parent


def layers(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Convolutions and the last linear layer, in order. Only a ReLU (or an average) stands between two of them."""
    return [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]


def read(model: onnx.ModelProto, name: str) -> np.ndarray:
    """A stored tensor as an array that may be changed."""
    return numpy_helper.to_array(next(item for item in model.graph.initializer if item.name == name)).copy()


def store(model: onnx.ModelProto, name: str, values: np.ndarray) -> None:
    """Put an array back."""
    tensor = next(item for item in model.graph.initializer if item.name == name)
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))


def scale_channel(model: onnx.ModelProto, position: int, channel: int, factor: float) -> None:
    """Multiply one output channel of a pointwise layer, and divide it again in the depthwise layer behind it.

    relu(f * x) = f * relu(x) for f > 0, so the model's answers stay the same.
    """
    before, after = layers(model)[position : position + 2]
    weight, bias, depthwise = (read(model, name) for name in (*before.input[1:3], after.input[1]))
    weight[channel] *= factor
    bias[channel] *= factor
    depthwise[channel] /= factor
    for name, values in zip((*before.input[1:3], after.input[1]), (weight, bias, depthwise), strict=True):
        store(model, name, values)


def improve(model: onnx.ModelProto) -> None:
    """Your work goes here."""
    scale_channel(model, position=2, channel=0, factor=2.0)


if __name__ == "__main__":
    model = onnx.load(HERE / "baseline.onnx")
    improve(model)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
