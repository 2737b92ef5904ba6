"""Cases of the int8 depthwise convolution of 3 x 3: stride 1, padding 1, NHWC, requantized to int8.

Needs numpy alone: the starter kit holds this file as cases.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Int8 = npt.NDArray[np.int8]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

ALIGNMENT, LARGEST_BIAS = 64, 1 << 24
SCORED = ((28, 28, 64), (25, 5, 172))
"""height, width, channels. The second: a keyword spotter's layer (DS-CNN), whose channels fill no register evenly."""
CHECKED = (
    *(
        (1, 1, 1),
        (1, 1, 16),
        (1, 5, 8),
        (5, 1, 9),
        (2, 2, 7),
        (3, 3, 17),
        (4, 7, 31),
        (7, 4, 33),
        (6, 6, 24),
        (9, 2, 15),
    ),
    *((2, 13, 40), (3, 1, 3), (1, 2, 100), (11, 10, 65), (1, 128, 4), (128, 1, 12), (2, 2, 512), (5, 6, 1)),
)
WIDEST = np.int32(2**31 - 1)


@dataclass(frozen=True, slots=True)
class KernelCase:
    """One call: its sizes, the bytes that go in, and those that must come out."""

    sizes: tuple[int, ...]
    data: bytes = field(repr=False)
    expected: bytes = field(repr=False)


def scored(rng: np.random.Generator) -> list[KernelCase]:
    """The calls whose cost counts."""
    return [_random(sizes, rng) for sizes in SCORED]


def checked(rng: np.random.Generator) -> list[KernelCase]:
    """Calls that only have to be right: odd sizes, sizes nobody has seen, the ends of the values' range, halves."""
    drawn = (tuple(int(size) for size in rng.integers(1, (12, 12, 90))) for _ in range(8))
    return [*(_random(sizes, rng) for sizes in (*CHECKED, *drawn)), *_extremes(), *_halves()]


def macs(sizes: tuple[int, ...]) -> int:
    """Multiply-accumulates of one call: taps that lie on the picture."""
    height, width, channels = sizes
    return (3 * height - 2) * (3 * width - 2) * channels


def convolution(x: Int8, weights: Int8, bias: Int32, multiplier: Int32) -> Int8:
    """x [height, width, channels], weights [3, 3, channels], bias and multiplier [channels] -> like x.

    y = clip(floor((sum * multiplier + 2**30) / 2**31), -128, 127), with zeros around the picture.
    """
    height, width, channels = x.shape
    padded = np.zeros((height + 2, width + 2, channels), np.int64)
    padded[1:-1, 1:-1] = x
    total: Int64 = np.broadcast_to(bias.astype(np.int64), x.shape).copy()
    for i in range(3):
        for j in range(3):
            total += padded[i : i + height, j : j + width] * weights[i, j].astype(np.int64)
    rounded: Int64 = (total * multiplier.astype(np.int64) + (1 << 30)) >> 31
    return rounded.clip(-128, 127).astype(np.int8)


def _random(sizes: tuple[int, ...], rng: np.random.Generator) -> KernelCase:
    height, width, channels = sizes
    return _case(
        rng.integers(-128, 128, (height, width, channels), np.int8),
        rng.integers(-127, 128, (3, 3, channels), np.int8),
        rng.integers(-(1 << 16), 1 << 16, channels, np.int32),
        rng.integers(1 << 20, 1 << 24, channels, np.int32),
    )


def _extremes() -> Iterable[KernelCase]:
    """Every product as large as it can be, with the largest bias on its side, hardly and very much scaled down."""
    sizes = (5, 6, 19)
    for one, other in ((-128, -127), (-128, 127), (127, 127), (0, -127)):
        for multiplier in (np.int32(1), np.int32(1 << 22), WIDEST):
            x, weights = np.full(sizes, one, np.int8), np.full((3, 3, 19), other, np.int8)
            bias = np.full(19, np.sign(one * other) * LARGEST_BIAS, np.int32)
            yield _case(x, weights, bias, np.full(19, multiplier, np.int32))


def _halves() -> Iterable[KernelCase]:
    """Sums that lie between two results, on either side of zero: bias alone, halved or quartered."""
    bias = np.arange(-40, 41, dtype=np.int32)
    for shift in (1, 2):
        multiplier = np.full(len(bias), 1 << (31 - shift), np.int32)
        yield _case(np.zeros((2, 3, len(bias)), np.int8), np.ones((3, 3, len(bias)), np.int8), bias, multiplier)


def _case(x: Int8, weights: Int8, bias: Int32, multiplier: Int32) -> KernelCase:
    data = b"".join(_aligned(part.tobytes()) for part in (x, weights, bias, multiplier))
    expected = convolution(x, weights, bias, multiplier).tobytes()
    return KernelCase(x.shape, data, expected)


def _aligned(data: bytes) -> bytes:
    return data.ljust(-(-len(data) // ALIGNMENT) * ALIGNMENT, b"\0")
