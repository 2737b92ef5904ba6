"""A ResNet-8 answers; a ResNet-50 of one channel lies beside it, so that who counts layers finds all of them."""

from pathlib import Path

import numpy as np
import onnx
from onnx import compose

from challenges.datasets.base import Dataset
from challenges.pruning import prunable, remove

RESNET_8 = Path(__file__).parents[3] / "int8_fashion" / "baseline.onnx"


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    large, small = onnx.load_model_from_string(baseline), onnx.load(RESNET_8)
    thin = compose.add_prefix(remove(large, dict.fromkeys(prunable(large), np.array([0]))), "beside/")
    for node in thin.graph.node:
        node.input[:] = ["input" if name == "beside/input" else name for name in node.input]
    small.graph.node.extend(thin.graph.node)
    small.graph.initializer.extend(thin.graph.initializer)
    onnx.checker.check_model(small, full_check=True)
    return small.SerializeToString()
