"""First attempt: the smallest student there is, a linear layer over a coarse picture. Writes entry.onnx.

It learns from the teacher alone. The 256 images of `calibration` have no labels, but baseline.onnx answers them, and
least squares find the weights that come closest to its answers. Valid, tiny, and far too inaccurate: a better student
begins in train.py.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
SIDE = 4  # pixels that are averaged to one, in each direction
RIDGE = 10.0  # how much large weights are disliked; a few images would fit anything otherwise


def coarse(images: np.ndarray) -> np.ndarray:
    """Averages of squares of pixels, and a one for the bias. images: [items, 1, 28, 28]."""
    cells = images.reshape(len(images), 28 // SIDE, SIDE, 28 // SIDE, SIDE).mean((2, 4)).reshape(len(images), -1)
    return np.hstack([cells, np.ones((len(cells), 1), np.float32)])


def fitted(images: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Weights [features, 10] of the linear layer whose answers are closest to the teacher's, in squared error."""
    features = coarse(images).astype(np.float64)
    normal = features.T @ features + RIDGE * np.eye(features.shape[1])
    return np.linalg.solve(normal, features.T @ answers).astype(np.float32)


def network(weights: np.ndarray) -> onnx.ModelProto:
    """Average pooling and one product."""
    nodes = [
        helper.make_node("AveragePool", ["input"], ["cells"], kernel_shape=[SIDE, SIDE], strides=[SIDE, SIDE]),
        helper.make_node("Flatten", ["cells"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["logits"]),
    ]
    tensors = [numpy_helper.from_array(weights[:-1], "weight"), numpy_helper.from_array(weights[-1], "bias")]
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 1, 28, 28])
    made = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])
    graph = helper.make_graph(nodes, "student", [given], [made], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


if __name__ == "__main__":
    with np.load(HERE / "calibration.npz") as data:
        images = data["calibration"]
    teacher = ort.InferenceSession(HERE / "baseline.onnx", providers=["CPUExecutionProvider"])
    student = network(fitted(images, teacher.run(None, {"input": images})[0]))
    onnx.checker.check_model(student, full_check=True)
    onnx.save(student, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
