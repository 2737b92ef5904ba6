"""Points of a kernel: a pure function of cycles."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.devices.targets import Counts, devices
from grader.kernels.challenge import KernelTarget
from grader.kernels.facts import KernelOnDevice
from grader.kernels.scoring import is_gold, ratio, result, score
from grader.report import Result

CLASSES = dict.fromkeys(("int", "load", "store", "branch", "vector", "vector_mac", "system"), 0)
NOTHING = Counts(instructions=0, level1_misses=0, level2_misses=0, classes=CLASSES)


def on(name: str, cycles: float, scalar_cycles: float = 1_000_000) -> KernelOnDevice:
    """What a kernel costs on a device."""
    device = devices()[name]
    return KernelOnDevice(
        device=name,
        title=device.title,
        core=device.core,
        counts=NOTHING,
        scalar=NOTHING,
        cycles=cycles,
        scalar_cycles=scalar_cycles,
        floor_instructions=1,
    )


def target(name: str, weight: float = 0.5) -> KernelTarget:
    """Par is a tenth of the scalar reference."""
    return KernelTarget(device=devices()[name], par=100_000, weight=weight, gold=90_000, macs_per_instruction=16)


BOTH = (target("pi4"), target("pi5"))


def test_the_scalar_reference_has_nothing_and_all_pars_a_hundred() -> None:
    assert score((on("pi4", 1_000_000), on("pi5", 1_000_000)), BOTH).points == 0
    assert score((on("pi4", 100_000), on("pi5", 100_000)), BOTH).points == pytest.approx(100)


def test_half_of_the_way_on_a_log_scale_is_half_of_the_points() -> None:
    halfway = 1_000_000 / math.sqrt(10)

    assert score((on("pi4", halfway), on("pi5", halfway)), BOTH).points == pytest.approx(50)


@given(cycles=st.floats(1, 1e9))
def test_nothing_is_below_zero_or_above_the_ceiling(cycles: float) -> None:
    points = score((on("pi4", cycles), on("pi5", cycles)), BOTH).points

    assert 0 <= points <= 120 + 1e-9


@given(fast=st.floats(1, 1e6), slow=st.floats(1, 1e6))
def test_fewer_cycles_never_cost_points(fast: float, slow: float) -> None:
    fast, slow = sorted((fast, slow))
    better, worse = (score((on("pi4", cycles), on("pi5", 50_000)), BOTH).points for cycles in (fast, slow))

    assert better >= worse


def test_to_pass_is_to_meet_par_on_every_device() -> None:
    assert result(score((on("pi4", 100_000), on("pi5", 100_001)), BOTH)) is Result.PARTIAL
    assert result(score((on("pi4", 100_000), on("pi5", 100_000)), BOTH)) is Result.PASSED


def test_gold_is_asked_for_on_every_device() -> None:
    assert is_gold((on("pi4", 90_000), on("pi5", 90_000)), BOTH)
    assert not is_gold((on("pi4", 90_000), on("pi5", 90_001)), BOTH)
    assert not is_gold((on("pi4", 1), on("pi5", 1)), (BOTH[0], replace(BOTH[1], gold=None)))


def test_the_ratio_of_a_board_is_the_geometric_mean_over_the_devices() -> None:
    scored = score((on("pi4", 10_000), on("pi5", 40_000)), BOTH)

    assert ratio(scored) == pytest.approx(0.02)
