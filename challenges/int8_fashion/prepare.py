"""Rebuild baseline.onnx, a ResNet-8: `python -m challenges.int8_fashion.prepare`, about ten minutes on one core.

Same machine, same file. Another CPU adds in another order, and its weights differ in the last bits and, after
thousands of steps, by more; accuracy stays within a few tenths of a point. The file in the repository is the baseline.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import fashion_mnist
from challenges.training import Schedule, accuracy, chosen, export, single_threaded, train

SCHEDULE = Schedule(epochs=18, seed=2026)
WIDTH = 32


class Residual(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """Two 3x3 convolutions and a way around them."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = convolution(channels_in, channels, 3, stride)
        self.second = convolution(channels, channels, 3)
        self.around = nn.Identity() if stride == 1 else convolution(channels_in, channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, channels_in, h, w] -> [batch, channels, h / stride, w / stride]."""
        return functional.relu(self.second(functional.relu(self.first(x))) + self.around(x))


class ResNet8(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """The small residual network of MLPerf Tiny, with a stride in its stem and `width` channels in its first block."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.stem = convolution(1, width, 3, stride=2)
        self.blocks = nn.Sequential(
            Residual(width, width, 1), Residual(width, 2 * width, 2), Residual(2 * width, 4 * width, 2)
        )
        self.head = nn.Linear(4 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        features = functional.adaptive_avg_pool2d(self.blocks(functional.relu(self.stem(x))), 1)
        return self.head(features.flatten(1))


def convolution(channels_in: int, channels: int, size: int, stride: int = 1) -> nn.Module:
    """Convolution that keeps the picture's size at stride 1, with batch normalisation."""
    layer = nn.Conv2d(channels_in, channels, size, stride, size // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(channels))


def build(path: Path, schedule: Schedule = SCHEDULE, items: int | None = None, width: int = WIDTH) -> None:
    """Train on the first `items` of the training split (all by default) and write the model to `path`."""
    single_threaded(schedule.seed)
    model = ResNet8(width)
    train(model, fashion_mnist.training().first(items), schedule)
    print(f"validation accuracy {accuracy(model, fashion_mnist.validation()):.4f}")
    export(model, path)


if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
