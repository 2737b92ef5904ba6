"""Cases of the int8 matrix product: C = A B^T, A [m, k] of activations, B [n, k] of weights, C [m, n] of int32.

Needs numpy alone: the starter kit holds this file as cases.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Int8 = npt.NDArray[np.int8]
Int32 = npt.NDArray[np.int32]

ALIGNMENT = 64
SCORED = ((64, 64, 256), (49, 64, 147))
"""m, n, k. The second: 7 x 7 pixels of a ResNet's first layer, whose 64 filters see 7 x 7 x 3 values."""
CHECKED = (
    *((1, 1, 1), (1, 1, 16), (1, 1, 1024), (2, 3, 5), (4, 4, 16), (5, 7, 31), (7, 9, 17), (13, 11, 64), (3, 70, 33)),
    *((67, 2, 129), (17, 31, 255), (33, 65, 48), (8, 12, 1021), (64, 1, 100), (1, 64, 100), (31, 37, 97)),
)


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
    """Calls that only have to be right: odd sizes, sizes nobody has seen, and the ends of the range of values."""
    drawn = (tuple(int(size) for size in rng.integers(1, 80, 3)) for _ in range(8))
    return [*(_random(sizes, rng) for sizes in (*CHECKED, *drawn)), *_extremes()]


def macs(sizes: tuple[int, ...]) -> int:
    """Multiply-accumulates of one call."""
    m, n, k = sizes
    return m * n * k


def product(a: Int8, b: Int8) -> Int32:
    """[m, k] times [n, k] transposed -> [m, n]. No sum leaves int32: 1024 * 128 * 127 < 2**31."""
    return a.astype(np.int32) @ b.astype(np.int32).T


def _random(sizes: tuple[int, ...], rng: np.random.Generator) -> KernelCase:
    m, n, k = sizes
    a, b = rng.integers(-128, 128, (m, k), np.int8), rng.integers(-127, 128, (n, k), np.int8)
    return _case(a, b)


def _extremes() -> Iterable[KernelCase]:
    """Every product as large as it can be: where 16 bits do not hold what somebody adds up in them."""
    for m, n, k in ((9, 10, 67), (4, 8, 1024)):
        for one, other in ((-128, -127), (-128, 127), (127, 127), (0, -127)):
            yield _case(np.full((m, k), one, np.int8), np.full((n, k), other, np.int8))


def _case(a: Int8, b: Int8) -> KernelCase:
    first = a.tobytes()
    data = first.ljust(-(-len(first) // ALIGNMENT) * ALIGNMENT, b"\0") + b.tobytes()
    sizes = (len(a), len(b), a.shape[1])
    return KernelCase(sizes, data, product(a, b).tobytes())
