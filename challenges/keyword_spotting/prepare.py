"""Rebuild baseline.onnx, a depthwise-separable CNN for spoken words: `python -m challenges.keyword_spotting.prepare`.

Needs the data set (`karui fetch`). The same reservation about other machines as for int8_fashion, and one more: another
release of espeak-ng speaks a little differently.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from challenges.datasets import spoken_words
from challenges.training import Schedule, accuracy, chosen, export, single_threaded, train

SCHEDULE = Schedule(epochs=8, seed=2028, peak_rate=0.15, batch_items=64, weight_decay=3e-4)
STEM, WIDTH, PAIRS = 64, 128, 5
ITEM = (1, 40, 49)
Size = tuple[int, int]
SHIFT_FRAMES = 4
MASK_FILTERS, MASK_FRAMES = 6, 6  # the widest masks
LEVEL_DEVIATION = 0.3


def layer(channels_in: int, channels: int, size: Size, stride: Size = (1, 1), groups: int = 1) -> nn.Module:
    """Convolution, batch normalisation and ReLU. Sizes and strides: along the mel filters, along time."""
    padding = (size[0] // 2, size[1] // 2)
    convolution = nn.Conv2d(channels_in, channels, size, stride, padding, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU())


def pair(channels_in: int, channels: int, stride: Size = (1, 1)) -> nn.Module:
    """A depthwise 3x3 and a pointwise convolution."""
    return nn.Sequential(
        layer(channels_in, channels_in, (3, 3), stride, channels_in), layer(channels_in, channels, (1, 1))
    )


class KeywordNet(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """A stem and pairs of convolutions, after the DS-CNN of Zhang et al. 2017, arXiv:1711.07128.

    [1, 40, 49] becomes [stem, 10, 25], then [width, 5, 13], and stays that size.
    """

    def __init__(self, stem: int = STEM, width: int = WIDTH, pairs: int = PAIRS) -> None:
        super().__init__()
        rest = [pair(width, width) for _ in range(pairs - 1)]
        self.layers = nn.Sequential(layer(1, stem, (9, 5), (4, 2)), pair(stem, width, (2, 2)), *rest)
        self.head = nn.Linear(width, len(spoken_words.LABELS))

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 40, 49] -> logits [batch, 12]."""
        return self.head(nn.functional.adaptive_avg_pool2d(self.layers(x), 1).flatten(1))


def augment(inputs: Tensor, order: torch.Generator) -> Tensor:
    """Move a batch in time, change each item's level, hide a band of filters and a stretch of frames of it."""
    items, _, filters, frames = inputs.shape
    shift = int(torch.randint(-SHIFT_FRAMES, SHIFT_FRAMES + 1, (), generator=order))
    moved = inputs.roll(shift, 3) + LEVEL_DEVIATION * torch.randn(items, 1, 1, 1, generator=order)
    hidden = _mask(items, filters, MASK_FILTERS, order)[:, None, :, None]
    hidden = hidden | _mask(items, frames, MASK_FRAMES, order)[:, None, None, :]
    return torch.where(hidden, moved.mean((1, 2, 3), keepdim=True), moved)


def _mask(items: int, size: int, widest: int, order: torch.Generator) -> Tensor:
    """For each item a run of 0 to `widest` of `size` places: bool [items, size]."""
    width = torch.randint(0, widest + 1, (items, 1), generator=order)
    start = (torch.rand(items, 1, generator=order) * (size - width)).long()
    place = torch.arange(size)
    return (place >= start) & (place < start + width)


def build(path: Path, schedule: Schedule = SCHEDULE, items: int | None = None) -> None:
    """Train on the first `items` of the training split (all by default) and write the model to `path`."""
    single_threaded(schedule.seed)
    model = KeywordNet()
    train(model, spoken_words.training().first(items), schedule, augment=augment)
    print(f"validation accuracy {accuracy(model, spoken_words.validation()):.4f}")
    export(model, path, ITEM)


if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
