"""The family of networks that our own solutions search: what one is, what it costs before it exists, how it is built.

Needs torch to build, not to count. A candidate of the challenge is free to search elsewhere.
"""

import random
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from challenges.survive_int8.prepare import Layer
from grader.cost.layers import Convolution

Kind = Literal["dense", "separable"]
PICTURE = 28
FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Block:
    """A 3x3 convolution, whole or as depthwise and pointwise; with a way around it where the shapes allow one."""

    kind: Kind
    channels: int
    stride: int = 1

    def convolutions(self, channels_in: int) -> tuple[Convolution, ...]:
        """What it computes, in order."""
        if self.kind == "dense":
            return (_spatial(channels_in, self.channels, self.stride, groups=1),)
        depthwise = _spatial(channels_in, channels_in, self.stride, groups=channels_in)
        return depthwise, Convolution(in_channels=channels_in, out_channels=self.channels, kernel=1, bias=True)


def _spatial(channels_in: int, channels: int, stride: int, groups: int) -> Convolution:
    """A 3x3 convolution that keeps the picture's size at stride 1."""
    return Convolution(
        in_channels=channels_in,
        out_channels=channels,
        kernel=3,
        stride=stride,
        padding=1,
        groups=groups,
        bias=True,
    )


@dataclass(frozen=True, slots=True)
class Network:
    """A stem of stride 2, blocks, average pooling and one linear layer."""

    stem: int
    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        parts = (f"{block.kind[0]}{block.channels}{'/2' * (block.stride == 2)}" for block in self.blocks)
        return " ".join([str(self.stem), *parts])

    def costs(self) -> tuple[int, int]:
        """Multiply-accumulates and peak bytes of live float32 values at batch 1, as the grader counts them."""
        macs, peak, channels, size = 0, 0, 1, PICTURE
        for block in (Block("dense", self.stem, 2), *self.blocks):
            around = channels == block.channels and block.stride == 1
            kept = channels * size**2 if around else 0
            for number, layer in enumerate(block.convolutions(channels)):
                before = layer.in_channels * size**2
                macs += layer.macs(size, size)
                size = layer.output_size(size)
                peak = max(peak, before + layer.out_channels * size**2 + kept * (number > 0))
            channels = block.channels
            peak = max(peak, 3 * channels * size**2 if around else 0)
        return macs + 10 * channels, FLOAT_BYTES * peak


def draw(rng: random.Random) -> Network:
    """A network at random: one to three stages at 14, 7 and 4 pixels, each of one kind and one width."""
    kinds: tuple[Kind, ...] = ("dense", "separable")
    stem = rng.choice((4, 6, 8))
    early = [Block(rng.choice(kinds), rng.choice((4, 6, 8, 12)))] * rng.randrange(2)
    stages = [stage(rng, widths) for widths in ((8, 12, 16, 24, 32), (16, 24, 32, 48, 64))]
    return Network(stem, tuple(early + [block for blocks in stages for block in blocks]))


def stage(rng: random.Random, widths: tuple[int, ...]) -> list[Block]:
    """One block of stride 2 and up to three behind it."""
    kind: Kind = rng.choice(("dense", "separable"))
    width = rng.choice(widths)
    return [Block(kind, width, 2), *[Block(kind, width)] * rng.randrange(4)]


class Around(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """A block with a way around it."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, channels, h, w], and so is the result."""
        return x + self.inner(x)


class Built(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """A network that can be trained."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        channels, layers = network.stem, [Layer(1, network.stem, 3, stride=2)]
        for block in network.blocks:
            inner = built(block, channels)
            layers.append(Around(inner) if channels == block.channels and block.stride == 1 else inner)
            channels = block.channels
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        return self.head(functional.adaptive_avg_pool2d(self.layers(x), 1).flatten(1))


def built(block: Block, channels: int) -> nn.Module:
    """Its layers, with batch normalisation and ReLU."""
    if block.kind == "dense":
        return Layer(channels, block.channels, 3, block.stride)
    depthwise = Layer(channels, channels, 3, block.stride, groups=channels)
    return nn.Sequential(depthwise, Layer(channels, block.channels, 1))
