"""Rebuild baseline.onnx, a slim ResNet-50: `python -m challenges.resnet50_tenfold.prepare`, about an hour on one core.

Same machine, same file; another CPU adds in another order (see challenges/int8_fashion/prepare.py). The file in the
repository is the baseline. baseline.pt2 and baseline.tflite are made from it by `python -m challenges.conversion`.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import fashion_mnist
from challenges.int8_fashion.prepare import convolution
from challenges.training import Schedule, accuracy, chosen, export, single_threaded, train

SCHEDULE = Schedule(epochs=16, seed=2026, peak_rate=0.05)  # with 0.2 the loss leapt up at the peak: 91.58 % on validation
BLOCKS = (3, 4, 6, 3)
WIDTH = 16  # a quarter of the 64 of He et al. 2015, arXiv:1512.03385
EXPANSION = 4


class Bottleneck(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """A 1x1 convolution that narrows, a 3x3, a 1x1 that widens, and a way around them."""

    def __init__(self, channels_in: int, width: int, stride: int) -> None:
        super().__init__()
        channels = EXPANSION * width
        self.narrow = convolution(channels_in, width, 1)
        self.middle = convolution(width, width, 3, stride)
        self.widen = convolution(width, channels, 1)
        self.around = nn.Identity() if channels_in == channels else convolution(channels_in, channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, channels_in, h, w] -> [batch, 4 * width, h / stride, w / stride]."""
        inner = functional.relu(self.middle(functional.relu(self.narrow(x))))
        return functional.relu(self.widen(inner) + self.around(x))


class SlimResNet50(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """ResNet-50 at a quarter of its width; its stem is 3x3 with stride 2 and no pooling, because pictures are small."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1, WIDTH, 3, stride=2)
        self.stages = nn.Sequential(*(self._stage(number) for number in range(len(BLOCKS))))
        self.head = nn.Linear(EXPANSION * WIDTH * 2 ** (len(BLOCKS) - 1), 10)

    @staticmethod
    def _stage(number: int) -> nn.Module:
        """Blocks of one width, the first of which halves the picture (in the first stage it does not)."""
        width = WIDTH * 2**number
        channels_in = WIDTH if number == 0 else EXPANSION * width // 2
        first = Bottleneck(channels_in, width, stride=1 if number == 0 else 2)
        return nn.Sequential(first, *(Bottleneck(EXPANSION * width, width, 1) for _ in range(BLOCKS[number] - 1)))

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        features = functional.adaptive_avg_pool2d(self.stages(functional.relu(self.stem(x))), 1)
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
