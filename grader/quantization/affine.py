"""The arithmetic of affine quantization, the same for the grader, the guide and the drills."""

from typing import Any

import numpy as np
import numpy.typing as npt

from grader.challenge import Float32

Array = npt.NDArray[Any]


def scale_and_zero_point(low: float, high: float, bits: int = 8, *, signed: bool = False) -> tuple[float, int]:
    """Affine parameters that map [low, high] onto the integer range: scale = (high - low) / (2^bits - 1).

    The range is widened to hold 0, so that zero is exact; zero_point = rint(qmin - low / scale).
    Raises ValueError if high is below low or the range is empty. Source: Jacob et al. 2018, arXiv:1712.05877.
    """
    if high < low:
        raise ValueError(f"high ({high}) is below low ({low})")
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        raise ValueError("the range is empty")
    scale = (high - low) / (2**bits - 1)
    qmin = -(2 ** (bits - 1)) if signed else 0
    return scale, int(np.clip(np.rint(qmin - low / scale), qmin, qmin + 2**bits - 1))


def symmetric_scale(max_abs: Array | float, bits: int = 8) -> Array:
    """Scale that maps [-max_abs, max_abs] onto signed integers without an offset: max_abs / (2^(bits - 1) - 1).

    max_abs: any shape, one entry per tensor or channel. Raises ValueError if an entry is not above 0.
    Source: Krishnamoorthi 2018, arXiv:1806.08342, section 2.2.
    """
    if not np.all(np.asarray(max_abs) > 0):
        raise ValueError("the range is empty")
    return np.asarray(np.asarray(max_abs) / (2 ** (bits - 1) - 1))


def quantize(x: Array, scale: Array, zero_point: Array, bits: int = 8, *, signed: bool = True) -> npt.NDArray[np.int64]:
    """Map real values to integers: q = clip(rint(x / scale) + zero_point, qmin, qmax).

    x: [...]; scale (real units per step) and zero_point: broadcastable to x. Half rounds to even, as ONNX
    QuantizeLinear does. Raises ValueError if a scale is not above 0. Source: Jacob et al. 2018, arXiv:1712.05877.
    """
    if not np.all(np.asarray(scale) > 0):
        raise ValueError("every scale must be above 0")
    qmin = -(2 ** (bits - 1)) if signed else 0
    q: npt.NDArray[np.int64] = np.clip(np.rint(x / scale) + zero_point, qmin, qmin + 2**bits - 1).astype(np.int64)
    return q


def quantize_symmetric(x: Array, axes: tuple[int, ...], bits: int = 8) -> tuple[npt.NDArray[np.int64], Array]:
    """Signed integers without an offset, one scale for everything along `axes`, and these scales.

    x: [...]; scales: x with size 1 along `axes`, 1 / (2^(bits - 1) - 1) where there is nothing but zeros.
    """
    largest = np.abs(x).max(axis=axes, keepdims=True)
    scale = symmetric_scale(np.where(largest > 0, largest, 1.0), bits)
    return quantize(x, scale, np.zeros(1, np.int64), bits), scale


def dequantize(q: Array, scale: Array, zero_point: Array) -> Float32:
    """Map integers back to real values: x = (q - zero_point) * scale. Shapes as in `quantize`."""
    return ((q.astype(np.int64) - zero_point) * scale).astype(np.float32)


def sqnr_db(original: Array, approximation: Array) -> float:
    """Signal-to-quantization-noise ratio in dB: 10 · log10(Σ x² / Σ (x - x̂)²). Same shape; higher is better.

    Infinite where nothing was lost. Raises ValueError if the signal is all zero.
    """
    x = original.astype(np.float64)
    signal, noise = float((x**2).sum()), float(((x - approximation) ** 2).sum())
    if signal == 0:
        raise ValueError("the signal is all zero")
    return float(10 * np.log10(signal / noise)) if noise else float("inf")


def scaled_by_channel(weights: Array, original: Array, rounds: int = 10) -> float:
    """How far `weights` are from `original` once each output and input channel may be rescaled: 0 same, 1 unrelated.

    min over r, c of |W - r·W0·c| / |W|, by alternating least squares. weights, original: [out, in, ...], same shape.
    Quantization and equalisation leave this small; another network's weights leave it near 1.
    """
    w = weights.reshape(*weights.shape[:2], -1).astype(np.float64)
    base = original.reshape(w.shape).astype(np.float64)
    by_input = np.ones((1, w.shape[1], 1))
    fitted = base
    for _ in range(rounds):
        by_output = _least_squares(w, base * by_input, axes=(1, 2))
        by_input = _least_squares(w, base * by_output, axes=(0, 2))
        fitted = base * by_output * by_input
    return float(np.linalg.norm(w - fitted) / max(float(np.linalg.norm(w)), 1e-30))


def _least_squares(target: Array, model: Array, axes: tuple[int, ...]) -> Array:
    """The factor per remaining axis that brings model closest to target; 0 where the model is all zero."""
    inner = (target * model).sum(axis=axes, keepdims=True)
    power = (model * model).sum(axis=axes, keepdims=True)
    return np.asarray(np.divide(inner, power, out=np.zeros_like(inner), where=power > 0))
