"""Rebuild baseline.onnx, a slim ResNet-50: `python -m challenges.resnet50_tenfold.prepare`, about an hour on one core.

Same machine, same file; on another CPU sums come in another order, and accuracy stays within a few tenths of a point.
The file in the repository is the baseline. baseline.pt2 and baseline.tflite are made from it by
`python -m challenges.conversion`.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import fashion_mnist
from challenges.int8_fashion.prepare import convolution
from challenges.training import Schedule, accuracy, chosen, export, single_threaded, train

SCHEDULE = Schedule(epochs=16, seed=2026, peak_rate=0.1)
STEM = 16  # a quarter of the 64 channels of the original
BLOCKS = (3, 4, 6, 3)
EXPANSION = 4


class Bottleneck(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """1x1 down, 3x3, 1x1 up, and a way around them. `inner` may be any number of channels: pruning changes it."""

    def __init__(self, channels_in: int, inner: int, channels: int, stride: int) -> None:
        super().__init__()
        self.down = convolution(channels_in, inner, 1)
        self.middle = convolution(inner, inner, 3, stride)
        self.up = convolution(inner, channels, 1)
        same = channels_in == channels and stride == 1
        self.around = nn.Identity() if same else convolution(channels_in, channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, channels_in, h, w] -> [batch, channels, h / stride, w / stride]."""
        inner = functional.relu(self.middle(functional.relu(self.down(x))))
        return functional.relu(self.up(inner) + self.around(x))


class SlimResNet50(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """ResNet-50 (He et al. 2015, arXiv:1512.03385) at a quarter of its width, for pictures of 28x28.

    The stem is a 3x3 convolution with a stride instead of 7x7 and pooling.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1, STEM, 3, stride=2)
        blocks: list[nn.Module] = []
        channels_in = STEM
        for stage, repeats in enumerate(BLOCKS):
            inner = STEM * 2**stage
            for position in range(repeats):
                stride = 2 if stage and position == 0 else 1
                blocks.append(Bottleneck(channels_in, inner, EXPANSION * inner, stride))
                channels_in = EXPANSION * inner
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels_in, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        features = functional.adaptive_avg_pool2d(self.blocks(functional.relu(self.stem(x))), 1)
        return self.head(features.flatten(1))


def build(path: Path, schedule: Schedule = SCHEDULE, items: int | None = None) -> None:
    """Train on the first `items` of the training split (all by default) and write the model to `path`."""
    single_threaded(schedule.seed)
    model = SlimResNet50()
    train(model, fashion_mnist.training().first(items), schedule)
    print(f"validation accuracy {accuracy(model, fashion_mnist.validation()):.4f}")
    export(model, path)


if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
