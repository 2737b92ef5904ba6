"""The student sees only the pictures that a linear classifier is unsure of; for the others it has no rows to compute.

Without control flow: Compress keeps the hard rows of a batch, and ScatterND puts their answers back into their places.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from challenges.datasets.base import Dataset

STUDENT = Path(__file__).parents[1] / "reference" / "student.onnx"
ITEMS = 10_000
DAMPING = 100.0
CERTAIN = 0.4  # between the best and the second of ten answers that are 1 or 0 where the classifier is right


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load(STUDENT)
    for node in model.graph.node:
        node.input[:] = ["rows" if name == "input" else name for name in node.input]
        node.output[:] = ["answers" if name == "logits" else name for name in node.output]
    constants = {"two": np.array([2]), "row": np.array([-1]), "certain": np.array(CERTAIN, np.float32)}
    for name, values in {"quick": classifier(data), **constants}.items():
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    nodes = [*choosing(), *model.graph.node, *joining()]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def classifier(data: Dataset) -> np.ndarray:
    """Ridge regression of the ten classes on the pixels, W = (X'X + d I)^-1 X'Y: float32 [784, 10]."""
    known = data.training().first(ITEMS)
    pixels = known.inputs.reshape(ITEMS, -1)
    square = pixels.T @ pixels + DAMPING * np.eye(pixels.shape[1], dtype=np.float32)
    return np.linalg.solve(square, pixels.T @ np.eye(10, dtype=np.float32)[known.labels]).astype(np.float32)


def choosing() -> list[onnx.NodeProto]:
    """From the pictures to those that are hard: margin = best - second < CERTAIN."""
    return [
        helper.make_node("Flatten", ["input"], ["pixels"]),
        helper.make_node("MatMul", ["pixels", "quick"], ["guess"]),
        helper.make_node("TopK", ["guess", "two"], ["best", "classes"]),
        helper.make_node("Split", ["best"], ["first", "second"], axis=1),
        helper.make_node("Sub", ["first", "second"], ["margin"]),
        helper.make_node("Less", ["margin", "certain"], ["column"]),
        helper.make_node("Reshape", ["column", "row"], ["unsure"]),
        helper.make_node("Compress", ["input", "unsure"], ["rows"], axis=0),
    ]


def joining() -> list[onnx.NodeProto]:
    """The student's answers go where the guesses of the hard pictures were."""
    return [
        helper.make_node("NonZero", ["unsure"], ["places"]),
        helper.make_node("Transpose", ["places"], ["indices"]),
        helper.make_node("ScatterND", ["guess", "indices", "answers"], ["logits"]),
    ]
