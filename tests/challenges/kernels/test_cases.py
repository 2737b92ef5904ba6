"""The calls of kernel challenges: what must come out is right, and what goes in is as the contract says."""

import importlib
from types import ModuleType
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from challenges.kernels import depthwise, gemm
from challenges.kernels.judge import load_kernel
from challenges.registry import kernels
from grader.challenge import Split

MODULES = ("gemm", "depthwise")
MOST_BYTES = 16 << 20  # of all inputs, and of all outputs: grader/devices/guest/run_kernel.cpp
LARGEST_GEMM, LARGEST_SIDE, MOST_CHANNELS = 1024, 128, 512  # gemm.h, depthwise.h

each_module = pytest.mark.parametrize(
    "cases", [importlib.import_module(f"challenges.kernels.{name}") for name in MODULES]
)
int8 = st.integers(-128, 127)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[gemm.Int8, gemm.Int8]:
    m, n, k = (draw(st.integers(1, 6)) for _ in range(3))
    return draw(arrays.arrays(np.int8, (m, k))), draw(arrays.arrays(np.int8, (n, k)))


@given(matrices())
def test_a_product_is_the_sum_of_products_written_out(both: tuple[gemm.Int8, gemm.Int8]) -> None:
    a, b = both

    found = gemm.product(a, b)

    assert found.dtype == np.int32
    for i, row in enumerate(a.tolist()):
        for j, column in enumerate(b.tolist()):
            assert found[i, j] == sum(one * other for one, other in zip(row, column, strict=True))


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[depthwise.Int8, depthwise.Int8, depthwise.Int32, depthwise.Int32]:
    height, width, channels = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    return (
        draw(arrays.arrays(np.int8, (height, width, channels))),
        draw(arrays.arrays(np.int8, (3, 3, channels), elements=st.integers(-127, 127))),
        draw(arrays.arrays(np.int32, channels, elements=st.integers(-(1 << 24), 1 << 24))),
        draw(arrays.arrays(np.int32, channels, elements=st.integers(1, 2**31 - 1))),
    )


@settings(max_examples=60)
@given(convolutions())
def test_a_convolution_is_the_contract_s_formula_in_plain_integers(
    parts: tuple[depthwise.Int8, depthwise.Int8, depthwise.Int32, depthwise.Int32],
) -> None:
    x, weights, bias, multiplier = parts
    height, width, channels = x.shape

    found = depthwise.convolution(x, weights, bias, multiplier)

    for h, w, c in np.ndindex(height, width, channels):
        total = int(bias[c])
        for i in range(3):
            for j in range(3):
                if 0 <= h + i - 1 < height and 0 <= w + j - 1 < width:
                    total += int(x[h + i - 1, w + j - 1, c]) * int(weights[i, j, c])
        assert found[h, w, c] == max(-128, min(127, (total * int(multiplier[c]) + 2**30) // 2**31))


def test_halves_are_rounded_upwards_on_both_sides_of_zero() -> None:
    x, weights = np.zeros((1, 1, 4), np.int8), np.zeros((3, 3, 4), np.int8)
    bias, half = np.array([5, -5, 3, -3], np.int32), np.full(4, 1 << 30, np.int32)

    assert depthwise.convolution(x, weights, bias, half).ravel().tolist() == [3, -2, 2, -1]


def test_multiplications_of_a_convolution_are_the_taps_that_lie_on_the_picture() -> None:
    ones, nothing = np.ones((3, 4, 1), np.int8), np.zeros(1, np.int32)
    identity = np.array([2**31 - 1], np.int32)  # nearly 1, so every sum stays itself

    taps = depthwise.convolution(ones, np.ones((3, 3, 1), np.int8), nothing, identity)

    assert depthwise.macs((3, 4, 1)) == taps.sum()


@each_module
def test_all_calls_of_a_run_fit_into_its_memory(cases: ModuleType) -> None:
    for drawn in (cases.scored, cases.checked):
        calls = drawn(np.random.default_rng(0))

        assert sum(len(call.data) + 128 for call in calls) < MOST_BYTES
        assert sum(len(call.expected) + 128 for call in calls) < MOST_BYTES


@each_module
def test_equal_seeds_draw_equal_calls_and_others_do_not(cases: ModuleType) -> None:
    one, same, other = (cases.checked(np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert one == same
    assert [call.data for call in one] != [call.data for call in other]


@each_module
def test_what_is_checked_holds_sizes_of_one_and_sizes_that_no_register_divides(cases: ModuleType) -> None:
    sizes = np.array([call.sizes for call in cases.checked(np.random.default_rng(0))])

    for axis in sizes.T:
        assert 1 in axis
        assert any(size % 2 for size in axis if size > 8)
        assert len(set(axis)) > 10


def test_sizes_keep_to_what_the_headers_promise() -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        products = np.array([call.sizes for call in [*gemm.scored(draw), *gemm.checked(draw)]])
        pictures = np.array([call.sizes for call in [*depthwise.scored(draw), *depthwise.checked(draw)]])

        assert products.min() == pictures.min() == 1
        assert products.max() <= LARGEST_GEMM
        assert pictures[:, :2].max() <= LARGEST_SIDE
        assert pictures[:, 2].max() <= MOST_CHANNELS


def test_no_weight_is_the_lowest_value_and_activations_are() -> None:
    draw = np.random.default_rng(0)
    activations, weights = set[int](), set[int]()
    for call in [*gemm.scored(draw), *gemm.checked(draw)]:
        m, n, k = call.sizes
        values = np.frombuffer(call.data, np.int8)
        activations |= set(values[: m * k].tolist())
        weights |= set(values[len(values) - n * k :].tolist())

    assert min(activations) == -128
    assert (min(weights), max(weights)) == (-127, 127)


@pytest.mark.parametrize("name", ["gemm_arm64", "depthwise_arm64", "gemm_riscv"])
def test_a_challenge_s_calls_are_its_own_by_split(name: str) -> None:
    public, hidden = (load_kernel(kernels()[name], split) for split in get_args(Split)[:2])

    assert [call.case.sizes for call in hidden.scored] == [call.case.sizes for call in public.scored]
    assert [call.case.data for call in hidden.scored] != [call.case.data for call in public.scored]
    assert hidden.macs == public.macs > 0
