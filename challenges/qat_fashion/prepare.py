"""Write baseline.onnx, a depthwise-separable CNN in good health: `python -m challenges.qat_fashion.prepare`.

It is survive_int8's network before its channels drifted apart: the drift is undone in the stored weights, in seconds.
`--seed N` trains another one from the beginning, about a quarter of an hour on one core.
"""

import argparse
import dataclasses
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from challenges.datasets import fashion_mnist
from challenges.survive_int8.prepare import DRIFT_BITS, SCHEDULE, SeparableNet, drift_apart
from challenges.training import Schedule, accuracy, export, single_threaded, train

DRIFTED = Path(__file__).parents[1] / "survive_int8" / "baseline.onnx"


def recover(path: Path) -> None:
    """Scale every channel back: the same draw with its sign turned divides by what it multiplied with."""
    model = folded(SeparableNet())
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(DRIFTED).graph.initializer}
    nodes = [node for node in onnx.load(DRIFTED).graph.node if node.op_type in ("Conv", "Gemm")]
    targets = [*(layer.convolution for layer in model.layers), model.head]
    for node, target in zip(nodes, targets, strict=True):
        target.weight.data, target.bias.data = (torch.from_numpy(stored[name].copy()) for name in node.input[1:])
    drift_apart(model, -DRIFT_BITS, SCHEDULE.seed)
    export(model, path)


def build(path: Path, schedule: Schedule = SCHEDULE, items: int | None = None) -> None:
    """Train on the first `items` of the training split (all by default) and write the model to `path`."""
    single_threaded(schedule.seed)
    model = SeparableNet()
    train(model, fashion_mnist.training().first(items), schedule)
    print(f"validation accuracy {accuracy(model, fashion_mnist.validation()):.4f}")
    export(folded(model), path)


def folded(model: SeparableNet) -> SeparableNet:
    """With the batch normalisation inside the convolutions."""
    model.eval()
    for layer in model.layers:
        layer.fold()
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("baseline.onnx"))
    parser.add_argument("--seed", type=int)
    chosen = parser.parse_args()
    if chosen.seed is None:
        recover(chosen.path)
    else:
        build(chosen.path, dataclasses.replace(SCHEDULE, seed=chosen.seed))
