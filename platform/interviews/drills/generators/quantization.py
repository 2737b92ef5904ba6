"""Scales, zero points, rounding, and the bytes of four bits. The arithmetic is the grader's."""

import math
from random import Random

import numpy as np
import numpy.typing as npt

from grader.quantization.affine import dequantize, quantize, scale_and_zero_point, symmetric_scale
from grader.quantization.packing import grouped_size
from interviews.drills.problem import Number, Problem, digits, figures, is_no_tie, number, plain, written

MIB = 2**20
BITS = 4  # small enough to quantize a matrix by hand
STEPS = 2 ** (BITS - 1) - 1
ROWS, COLUMNS = (896, 1024, 1536, 2048, 3072, 4096), (1024, 1536, 2048, 3072, 4096, 5632, 8192, 11008, 14336)
Weights = npt.NDArray[np.float64]


def scale_and_zero_point_of_a_range(rng: Random) -> Problem:
    """A range of activations onto uint8."""
    low, high = -rng.randrange(2, 40) / 10, rng.randrange(10, 90) / 10
    scale, zero = scale_and_zero_point(low, high)
    steps = {"levels": (high - low) / 256, "symmetric": max(-low, high) / 127, "high_only": high / 255}
    return Problem(
        given=figures(low=low, high=high),
        asked={
            "scale": number(scale, digits(4), "", **steps),
            "zero_point": number(zero, sign=-zero, int8=zero - 128, from_high=round(high / scale)),
        },
        extra=figures(range=high - low, quotient=written(-low / scale, 2), minus_low=-low),
        is_clear=is_no_tie(low / scale),
    )


def there_and_back(rng: Random) -> Problem:
    """One value to int8 and back; one in three lies outside the range."""
    scale, zero = rng.randrange(8, 61) / 1000, rng.choice([-1, 1]) * rng.randrange(5, 61)
    place = rng.choice([rng.uniform(-110, 110), rng.uniform(-110, 110), rng.choice([-165, 165])])
    x = round(scale * (place - zero), 2)
    q = int(quantize(np.array(x), np.array(scale), np.array(zero)))
    back, steps = float(dequantize(np.array(q), np.array(scale), np.array(zero))), x / scale
    inside, error = round(steps) + zero, abs(back - x)
    unclipped = abs((inside - zero) * scale - x)
    return Problem(
        given=figures(scale=scale, zero_point=zero, x=x),
        asked={
            "q": number(q, unclipped=inside, floor=math.floor(steps) + zero, no_zero_point=round(steps)),
            "restored": number(back, no_zero_point=q * scale, added=(q + zero) * scale),
            "error": number(error, half_step=scale / 2, unclipped=unclipped),
        },
        extra=figures(steps=written(steps, 2), rounded=round(steps), inside=inside, offset=q - zero),
        is_clear=is_no_tie(steps) and error > scale / 10,
    )


def per_channel(rng: Random) -> Problem:
    """Two channels of very different size in four bits, under one scale and under one each."""
    large, small = rng.randrange(8, 15) / 100, rng.randrange(6, 21) / 1000
    weights = np.array([channel(rng, large, 0.01), channel(rng, small, 0.001)])
    first, second = weights
    whole, each = scale_asked(weights), scale_asked(second)
    shared, own = round_trip(second, whole.value), round_trip(second, each.value)
    elsewhere = worst(first, round_trip(first, whole.value))
    return Problem(
        given=figures(first=row(first), second=row(second)),
        asked={
            "tensor_scale": whole,
            "tensor_error": number(worst(second, shared), half_step=whole.value / 2, first_channel=elsewhere),
            "channel_scale": each,
            "channel_error": number(worst(second, own), half_step=each.value / 2),
        },
        extra=figures(largest=STEPS * large, largest_second=STEPS * small, shared=listed(shared), own=listed(own)),
        is_clear=all(map(is_no_tie, [*(weights / whole.value).flat, *(second / each.value)])),
    )


def channel(rng: Random, scale: float, grid: float) -> list[float]:
    """Four weights on a grid, one of which the integers reach exactly."""
    largest = STEPS * scale
    others = [round(rng.uniform(-largest, largest) / grid) * grid for _ in range(3)]
    return [round(weight, 3) for weight in rng.sample([rng.choice([-1, 1]) * largest, *others], 4)]


def round_trip(weights: Weights, scale: float) -> Weights:
    """Quantized symmetrically and back."""
    return dequantize(quantize(weights, np.array(scale), np.array(0), BITS), np.array(scale), np.array(0)).astype(float)


def worst(weights: Weights, approximation: Weights) -> float:
    """The largest error."""
    return float(np.abs(weights - approximation).max())


def scale_asked(weights: Weights) -> Number:
    """A symmetric scale of four bits, and how one gets it wrong."""
    largest, spread = float(np.abs(weights).max()), float(weights.max() - weights.min())
    scale = float(symmetric_scale(largest, BITS))
    return number(scale, eight=largest / 2 ** (BITS - 1), spread=spread / (2**BITS - 1), int8=largest / 127)


def row(weights: Weights) -> str:
    """Weights as the cells of a table."""
    return " | ".join(plain(weight, 3) for weight in weights)


def listed(weights: Weights) -> str:
    """Weights side by side."""
    return ", ".join(plain(weight, 3) for weight in weights)


def int4_groups(rng: Random) -> Problem:
    """A projection of a language model in four bits, with float16 scales by group."""
    rows, columns, group = rng.choice(ROWS), rng.choice(COLUMNS), rng.choice([32, 64, 128])
    size, groups = grouped_size(rows, columns, bits=4, group_size=group), rows * columns // group
    payload, scales, total = size.payload_bytes, size.scale_bytes, size.total_bytes
    wrong = {"payload": payload, "float32_scales": payload + 4 * groups, "by_row": payload + 2 * rows}
    return Problem(
        given=figures(rows=rows, columns=columns, group=group),
        asked={
            "total": number(
                total / MIB, digits(4), "MiB", **{k: v / MIB for k, v in wrong.items()}, megabytes=total / 1e6
            ),
            "bits": number(size.bits_per_weight, unit="bit", payload=4, float32_scales=4 + 32 / group),
        },
        extra=figures(elements=rows * columns, payload=payload, groups=groups, scales=scales, bytes=total),
    )
