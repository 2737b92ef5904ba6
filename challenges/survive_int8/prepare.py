"""Rebuild baseline.onnx, a depthwise-separable CNN that 8 bits ruin: `python -m challenges.survive_int8.prepare`.

About a quarter of an hour on one core. The net is trained as usual, its batch normalisation folded, and then every
channel between two layers is multiplied by its own power of two on one side and divided by it on the other. ReLU lets a
positive factor through, so the function stays the same while the ranges of the channels drift apart by up to 2^8: what
sloppy training and folding leave behind in real networks (Nagel et al. 2019, arXiv:1906.04721), only more of it.
The same reservation about other machines as for int8_fashion.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from challenges.datasets import fashion_mnist
from challenges.training import Schedule, accuracy, chosen, export, single_threaded, train

SCHEDULE = Schedule(epochs=20, seed=2027, weight_decay=1e-4)
WIDTH = 96
BLOCKS = 5
DRIFT_BITS = 4.0


class Layer(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """Convolution, batch normalisation (until it is folded) and ReLU."""

    def __init__(self, channels_in: int, channels: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels, size, stride, size // 2, groups=groups, bias=False)
        self.normalisation: nn.Module = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, channels_in, h, w] -> [batch, channels, h / stride, w / stride]."""
        return torch.relu(self.normalisation(self.convolution(x)))

    def fold(self) -> None:
        """Move the normalisation into the convolution's weights and bias."""
        assert isinstance(self.normalisation, nn.BatchNorm2d)  # noqa: S101 - tells the type checker; folded only once
        self.convolution = fuse_conv_bn_eval(self.convolution, self.normalisation)
        self.normalisation = nn.Identity()


class SeparableNet(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """A stem and pairs of a depthwise 3x3 and a pointwise convolution, one behind the other."""

    def __init__(self) -> None:
        super().__init__()
        pairs = [
            layer
            for block in range(BLOCKS)
            for layer in (Layer(WIDTH, WIDTH, 3, 2 if block == 2 else 1, groups=WIDTH), Layer(WIDTH, WIDTH, 1))
        ]
        self.layers = nn.Sequential(Layer(1, WIDTH, 3, stride=2), *pairs)
        self.head = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        return self.head(nn.functional.adaptive_avg_pool2d(self.layers(x), 1).flatten(1))


def drift_apart(model: SeparableNet, bits: float, seed: int) -> None:
    """Scale channel i behind each convolution by 2^u, u uniform in [-bits, bits], and undo it in the next layer.

    A depthwise layer takes channel i in and gives channel i out, so its filter i is divided; another convolution (and
    the head) has its input column i divided.
    """
    draw = torch.Generator().manual_seed(seed)
    convolutions = [layer.convolution for layer in model.layers]
    for before, after in zip(convolutions, [*convolutions[1:], model.head], strict=True):
        factor = torch.exp2((torch.rand(WIDTH, generator=draw) * 2 - 1) * bits)
        before.weight.data *= factor[:, None, None, None]
        before.bias.data *= factor
        depthwise = getattr(after, "groups", 1) > 1
        along = [1] * after.weight.dim()
        along[0 if depthwise else 1] = WIDTH
        after.weight.data /= factor.reshape(along)


def build(path: Path, schedule: Schedule = SCHEDULE, items: int | None = None) -> None:
    """Train on the first `items` of the training split (all by default) and write the model to `path`."""
    single_threaded(schedule.seed)
    model = SeparableNet()
    train(model, fashion_mnist.training().first(items), schedule)
    for layer in model.layers:
        layer.fold()
    drift_apart(model, DRIFT_BITS, schedule.seed)
    print(f"validation accuracy {accuracy(model, fashion_mnist.validation()):.4f}")
    export(model, path)


if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
