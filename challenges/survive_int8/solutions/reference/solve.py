"""Cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721): equal channel ranges on both sides."""

from itertools import pairwise

import numpy as np
import onnx
from onnx import numpy_helper

from challenges.datasets.base import Dataset
from grader.challenge import Float32

SWEEPS = 20  # each pair disturbs its neighbours, so go over the network until nothing moves any more


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    weights = {name: numpy_helper.to_array(tensor).astype(np.float64) for name, tensor in stored.items()}
    layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    for _ in range(SWEEPS):
        for before, after in pairwise(layers):
            equalise(before, after, weights)
    for name, tensor in stored.items():
        tensor.CopyFrom(numpy_helper.from_array(weights[name].astype(np.float32), name))
    return model.SerializeToString()


def equalise(before: onnx.NodeProto, after: onnx.NodeProto, weights: dict[str, Float32]) -> None:
    """Divide channel i of `before` by s_i = sqrt(r1_i / r2_i) and multiply it back in `after`.

    r1, r2: largest absolute weight of channel i on either side; afterwards both are sqrt(r1_i * r2_i).
    """
    outgoing, incoming = weights[before.input[1]], weights[after.input[1]]
    axis = 0 if incoming.shape[1] == 1 else 1  # a depthwise layer has channel i in row i, others in column i
    scale = np.sqrt(ranges(outgoing, 0) / ranges(incoming, axis))
    outgoing /= along(scale, 0, outgoing.ndim)
    weights[before.input[2]] /= scale
    incoming *= along(scale, axis, incoming.ndim)


def ranges(weight: Float32, axis: int) -> Float32:
    """Largest absolute value of each slice along `axis`; a slice of zeros counts as one, so that it is left alone."""
    largest = np.abs(weight).max(axis=tuple(other for other in range(weight.ndim) if other != axis))
    return np.where(largest > 0, largest, 1)


def along(scale: Float32, axis: int, dimensions: int) -> Float32:
    """`scale` in a shape that multiplies along `axis`."""
    return scale.reshape([-1 if position == axis else 1 for position in range(dimensions)])
