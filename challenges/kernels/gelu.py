"""Cases of the int8 GELU whose scales come with the call: x, x_scale, x_zero_point, y_scale, y_zero_point -> y.

Needs numpy alone: the starter kit holds this file as cases.py.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Int8 = npt.NDArray[np.int8]
Real = npt.NDArray[np.float64]

ALIGNMENT = 64
CODES = np.arange(-128, 128, dtype=np.int64)
CLEARANCE = 1e-3
"""Steps between gelu / y_scale and the middle of two integers, at least: that far away float and double agree."""
SCORED = ((197, 768), (64, 1536), (1, 3072))
"""rows, columns: hidden layers of a ViT-Tiny, of a small language model that reads 64 tokens, and of one token."""
CHECKED = (
    *((1, 1), (1, 15), (1, 16), (1, 17), (3, 5), (7, 9), (1, 63), (1, 64), (1, 65), (2, 127), (5, 51), (16, 16)),
    *((1, 255), (1, 257), (13, 77), (31, 33), (64, 65), (127, 129), (1, 4097), (257, 61)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """How the integers of one call are to be read. Scales are exactly float32's."""

    x_scale: float
    x_zero_point: int
    y_scale: float
    y_zero_point: int

    def steps(self) -> Real:
        """gelu / y_scale for each of the 256 values of x from -128 on."""
        real = (CODES - self.x_zero_point) * self.x_scale
        erf = np.array([math.erf(value / math.sqrt(2)) for value in real])
        steps: Real = real * (1 + erf) / 2 / self.y_scale
        return steps

    def table(self) -> Int8:
        """y for each of the 256 values of x from -128 on."""
        table: Int8 = np.clip(np.rint(self.steps()) + self.y_zero_point, -128, 127).astype(np.int8)
        return table

    @property
    def is_clear(self) -> bool:
        """Whether nothing hangs on how the last bit of a float was rounded."""
        steps = self.steps()
        return float(np.abs(steps - np.floor(steps) - 0.5).min()) >= CLEARANCE


@dataclass(frozen=True, slots=True)
class KernelCase:
    """One call: its sizes, the bytes that go in, and those that must come out."""

    sizes: tuple[int, ...]
    data: bytes = field(repr=False)
    expected: bytes = field(repr=False)


def scored(rng: np.random.Generator) -> list[KernelCase]:
    """The calls whose cost counts."""
    return [_case(_bell(sizes, rng), drawn(rng)) for sizes in SCORED]


def checked(rng: np.random.Generator) -> list[KernelCase]:
    """Calls that only have to be right: odd sizes, all values of x, scales at the ends of what occurs."""
    shapes = (*SCORED, *CHECKED, *(tuple(int(size) for size in rng.integers(1, 90, 2)) for _ in range(8)))
    every = np.resize(CODES.astype(np.int8), (2, 128))
    ends = [_case(rng.permuted(every, axis=1), scales) for scales in _ends(rng)]
    return [*(random_case(shape, rng) for shape in shapes), *ends]


def macs(sizes: tuple[int, ...]) -> int:
    """None to speak of: the floor is in bytes."""
    del sizes
    return 0


def random_case(sizes: tuple[int, ...], rng: np.random.Generator) -> KernelCase:
    """One call with every value of x as likely as another."""
    return _case(rng.integers(-128, 128, sizes, np.int8), drawn(rng))


def drawn(rng: np.random.Generator) -> Scales:
    """Ranges as calibration finds them: x from a few below 0 to a few above, y from the minimum, cut off at times."""
    while True:
        low, high = -rng.uniform(1.5, 9), rng.uniform(1.5, 9)
        scales = _covering(low, high, -0.17, high * rng.uniform(0.6, 1.05))
        if scales.is_clear:
            return scales


def _ends(rng: np.random.Generator) -> list[Scales]:
    """Only negative, only positive, far beyond where erf is 1, so narrow that GELU is a line, and y far too narrow."""
    ranges = (
        (-8, 0, -0.17, 0.0),
        (0, 8, 0.0, 8.0),
        (-60, 60, -0.17, 60.0),
        (-0.05, 0.05, -0.03, 0.03),
        (-6, 6, -0.1, 0.4),
    )
    return [_clear(ends, rng) for ends in ranges]


def _clear(ends: tuple[float, float, float, float], rng: np.random.Generator) -> Scales:
    """These ends, stretched a little until nothing hangs on a rounding."""
    while True:
        scales = _covering(*(end * rng.uniform(0.95, 1.05) for end in ends))
        if scales.is_clear:
            return scales


def _covering(x_low: float, x_high: float, y_low: float, y_high: float) -> Scales:
    x_scale, y_scale = (float(np.float32((high - low) / 255)) for low, high in ((x_low, x_high), (y_low, y_high)))
    return Scales(
        x_scale=x_scale,
        x_zero_point=int(np.clip(np.rint(-128 - x_low / x_scale), -128, 127)),
        y_scale=y_scale,
        y_zero_point=int(np.clip(np.rint(-128 - y_low / y_scale), -128, 127)),
    )


def _bell(sizes: tuple[int, int], rng: np.random.Generator) -> Int8:
    """Most values near the middle, as activations are, and some at both ends."""
    return np.clip(np.rint(rng.normal(0, 40, sizes)), -128, 127).astype(np.int8)


def _case(x: Int8, scales: Scales) -> KernelCase:
    inputs = (
        x.tobytes(),
        np.float32(scales.x_scale).tobytes(),
        np.int8(scales.x_zero_point).tobytes(),
        np.float32(scales.y_scale).tobytes(),
        np.int8(scales.y_zero_point).tobytes(),
    )
    y = scales.table()[x.astype(np.int64) + 128]
    return KernelCase(x.shape, b"".join(_padded(data) for data in inputs), y.tobytes())


def _padded(data: bytes) -> bytes:
    return data.ljust(-(-len(data) // ALIGNMENT) * ALIGNMENT, b"\0")
