"""The int8 GELU: its definition leaves nothing to rounding, and its calls leave no value of x out."""

import math

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from challenges.fused_gelu import prepare
from challenges.kernels import gelu
from challenges.registry import find_any

SEEDS = st.integers(0, 2**32)


def in_float32(scales: gelu.Scales) -> npt.NDArray[np.int8]:
    """The definition in float32 throughout, with the error function rounded to it."""
    x_scale, y_scale, one = np.float32(scales.x_scale), np.float32(scales.y_scale), np.float32(1)
    real = (gelu.CODES - scales.x_zero_point).astype(np.float32) * x_scale
    erf = np.array([math.erf(value) for value in real * np.float32(0.70710678)], np.float32)
    steps = np.rint(real * (one + erf) * np.float32(0.5) / y_scale)
    return np.clip(steps + scales.y_zero_point, -128, 127).astype(np.int8)


@given(seed=SEEDS)
def test_float_and_double_give_the_same_bytes(seed: int) -> None:
    scales = gelu.drawn(np.random.default_rng(seed))

    assert np.array_equal(in_float32(scales), scales.table())


def test_the_approximation_by_tanh_is_off_by_a_step_in_most_calls() -> None:
    rng = np.random.default_rng(5)
    off = 0
    for scales in (gelu.drawn(rng) for _ in range(50)):
        real = (gelu.CODES - scales.x_zero_point) * scales.x_scale
        near = real * (1 + np.tanh(np.sqrt(2 / np.pi) * (real + 0.044715 * real**3))) / 2 / scales.y_scale
        apart = np.abs(np.clip(np.rint(near) + scales.y_zero_point, -128, 127) - scales.table())
        assert apart.max() <= 1
        off += bool(apart.any())

    assert off > 25


def test_calls_are_drawn_the_same_from_the_same_seed() -> None:
    first, second = (gelu.checked(np.random.default_rng(5)) for _ in range(2))

    assert first == second
    assert first != gelu.checked(np.random.default_rng(6))


def test_every_value_of_x_occurs_at_every_end_of_the_scales() -> None:
    calls = gelu.checked(np.random.default_rng(5))[-5:]

    assert [len(set(call.data[:256])) for call in calls] == [256] * 5


def test_the_models_are_those_that_prepare_writes() -> None:
    folder = find_any("fused_gelu").folder / "kernel"

    assert (folder / "operator.onnx").read_bytes() == prepare.operator().SerializeToString(deterministic=True)
    assert (folder / "graph.onnx").read_bytes() == prepare.graph().SerializeToString(deterministic=True)
