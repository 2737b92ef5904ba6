"""Rebuild baseline.onnx, a small depthwise-separable CNN in float32: `python -m challenges.qat_fashion.prepare`.

`--seed N` trains another one. The same reservation about other machines as for int8_fashion.
"""

import argparse
import dataclasses
from pathlib import Path

from torch import Tensor, nn

from challenges.datasets import fashion_mnist
from challenges.survive_int8.prepare import Layer
from challenges.training import Schedule, accuracy, export, single_threaded, train

SCHEDULE = Schedule(epochs=8, seed=2028, weight_decay=1e-4)
STEM = 16
BLOCKS = ((32, 1), (64, 2), (96, 1), (128, 1))  # output channels and stride of each pair


class SmallSeparableNet(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """A stem and pairs of a depthwise 3x3 and a pointwise convolution, wider towards the end."""

    def __init__(self) -> None:
        super().__init__()
        layers, channels = [Layer(1, STEM, 3, stride=2)], STEM
        for wider, stride in BLOCKS:
            layers += [Layer(channels, channels, 3, stride, groups=channels), Layer(channels, wider, 1)]
            channels = wider
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        return self.head(nn.functional.adaptive_avg_pool2d(self.layers(x), 1).flatten(1))


def build(path: Path, schedule: Schedule = SCHEDULE, items: int | None = None) -> None:
    """Train on the first `items` of the training split (all by default) and write the model to `path`."""
    single_threaded(schedule.seed)
    model = SmallSeparableNet()
    train(model, fashion_mnist.training().first(items), schedule)
    print(f"validation accuracy {accuracy(model, fashion_mnist.validation()):.4f}")
    export(model, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("baseline.onnx"))
    parser.add_argument("--seed", type=int, default=SCHEDULE.seed)
    chosen = parser.parse_args()
    build(chosen.path, dataclasses.replace(SCHEDULE, seed=chosen.seed))
