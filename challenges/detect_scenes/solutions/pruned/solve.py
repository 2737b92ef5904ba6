"""A narrower baseline without training: channels go one by one, and what is left is refitted to what they said.

Layer by layer, the wanted outputs Y are the baseline's own; X are the columns that the layer would multiply, from the
part that is already pruned. With H = X'X the best weights are W = H^-1 X'Y; dropping the rows c of one input channel
costs tr(W_c' (H^-1_cc)^-1 W_c), and the others make up for it as well as a linear map can. The cheapest channel goes,
until enough are gone. Optimal Brain Surgeon (Hassibi and Stork 1993, NeurIPS 5), with channels for weights.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from challenges.datasets.base import Dataset
from challenges.ptq import static_int8

CHANNELS = (24, 40, 40, 80, 80, 56)  # that stay, of 24, 48, 48, 96, 96, 64; eighths, because kernels work in eights
ITEMS = 256
BATCH = 64
DAMPING = 1e-3  # of the mean diagonal of H

Layer = tuple[np.ndarray, int]
"""Weights as a matrix [inputs * taps + 1, outputs] whose last row is the bias; stride."""


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    narrow = with_layers(model, pruned(layers_of(model), data.calibration(ITEMS), CHANNELS))
    return static_int8(narrow.SerializeToString(), data)


def layers_of(model: onnx.ModelProto) -> list[Layer]:
    """The convolutions of a chain, in order."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    layers = []
    for node in convolutions(model):
        weights, bias = (stored[name] for name in node.input[1:3])
        stride = next(helper.get_attribute_value(item)[0] for item in node.attribute if item.name == "strides")
        layers.append((np.vstack([weights.reshape(len(weights), -1).T, bias]), stride))
    return layers


def with_layers(model: onnx.ModelProto, layers: Sequence[Layer]) -> onnx.ModelProto:
    """The same chain with these weights; its convolutions take as many channels as there are rows for."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node, (matrix, _) in zip(convolutions(model), layers, strict=True):
        kernel = stored[node.input[1]].dims[2:]
        weights = matrix[:-1].T.reshape(matrix.shape[1], -1, *kernel)
        for name, values in zip(node.input[1:3], (weights, matrix[-1]), strict=True):
            stored[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
    return model


def convolutions(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """In the order of the graph, the head last."""
    return [node for node in model.graph.node if node.op_type == "Conv"]


def pruned(layers: Sequence[Layer], scenes: np.ndarray, channels: Sequence[int]) -> list[Layer]:
    """Every layer but the head keeps `channels` outputs. scenes: [items, 1, 64, 64]."""
    first, stride = layers[0]
    wanted = np.concatenate([relu(columns(part, 9, stride) @ first) for part in parts(scenes)])
    narrow, reached = [layers[0]], wanted
    for (matrix, stride), stay in zip(layers[1:], channels, strict=True):
        taps = (len(matrix) - 1) // wanted.shape[1]
        kept, refitted = without_the_cheapest(*moments(reached, wanted, matrix, taps, stride), taps, stay)
        before, its_stride = narrow[-1]
        narrow[-1] = (before[:, kept], its_stride)
        narrow.append((refitted, stride))
        reached = np.concatenate([relu(columns(part, taps, stride) @ refitted) for part in parts(reached[:, kept])])
        wanted = np.concatenate([relu(columns(part, taps, stride) @ matrix) for part in parts(wanted)])
    return narrow


def moments(
    reached: np.ndarray, wanted: np.ndarray, matrix: np.ndarray, taps: int, stride: int
) -> tuple[np.ndarray, np.ndarray]:
    """X'X and X'Y over all items, X from what the narrow net reaches and Y from what the baseline had there."""
    square, cross = 0.0, 0.0
    for ours, theirs in zip(parts(reached), parts(wanted), strict=True):
        x = columns(ours, taps, stride)
        square, cross = square + flat(x).T @ flat(x), cross + flat(x).T @ flat(columns(theirs, taps, stride) @ matrix)
    return square.astype(np.float64), cross.astype(np.float64)


def without_the_cheapest(square: np.ndarray, cross: np.ndarray, taps: int, stay: int) -> tuple[list[int], np.ndarray]:
    """Which `stay` input channels are kept, ascending, and the weights that are best without the others."""
    inverse = np.linalg.inv(square + np.eye(len(square)) * DAMPING * np.trace(square) / len(square))
    weights = inverse @ cross
    kept = list(range((len(square) - 1) // taps))
    while len(kept) > stay:
        cheapest = min(kept, key=lambda channel: price(inverse, weights, rows_of(channel, taps)))
        gone = rows_of(cheapest, taps)
        share = inverse[:, gone] @ np.linalg.inv(inverse[gone, gone])
        weights, inverse = weights - share @ weights[gone], inverse - share @ inverse[gone]
        kept.remove(cheapest)
    rows = [row for channel in kept for row in range(channel * taps, (channel + 1) * taps)]
    return kept, weights[[*rows, -1]].astype(np.float32)


def price(inverse: np.ndarray, weights: np.ndarray, rows: slice) -> float:
    """Squared error that dropping these rows adds."""
    return float((weights[rows] * np.linalg.solve(inverse[rows, rows], weights[rows])).sum())


def rows_of(channel: int, taps: int) -> slice:
    """Where an input channel's weights are."""
    return slice(channel * taps, (channel + 1) * taps)


def columns(x: np.ndarray, taps: int, stride: int) -> np.ndarray:
    """What a convolution multiplies, [items, rows, columns, channels * taps + 1]; a one for the bias comes last."""
    edge, side = (1, 3) if taps == 9 else (0, 1)
    padded = np.pad(x, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]
    taken = windows.transpose(0, 2, 3, 1, 4, 5)
    return np.concatenate([taken.reshape(*taken.shape[:3], -1), np.ones((*taken.shape[:3], 1), np.float32)], axis=3)


def flat(x: np.ndarray) -> np.ndarray:
    """Every cell of every item as one row."""
    return x.reshape(-1, x.shape[-1])


def relu(x: np.ndarray) -> np.ndarray:
    """Back to [items, channels, rows, columns]."""
    return np.maximum(x, 0).transpose(0, 3, 1, 2)


def parts(x: np.ndarray) -> Iterator[np.ndarray]:
    """A few items at a time: columns take nine times the room."""
    return (x[at : at + BATCH] for at in range(0, len(x), BATCH))
