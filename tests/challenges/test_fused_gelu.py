"""The int8 GELU: its definition leaves nothing to rounding, its reference is exact, and its count means what it says."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.fused_gelu import prepare
from challenges.kernels import gelu
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from challenges.registry import find_any
from challenges.solutions import Solution, solutions
from grader.devices.kernels import Built, Case, run_kernel
from grader.devices.operators import graph_run, run_in_runtime
from grader.devices.targets import devices
from grader.kernels.kinds import Operator
from grader.sandbox import open_sandbox

PI4 = devices()["pi4"]
needs_lab = [
    pytest.mark.sandbox,
    pytest.mark.skipif(not lab().is_whole, reason="the device lab is absent: ./run devices"),
]
SEEDS = st.integers(0, 2**32)


def kind() -> Operator:
    spec = find_any("fused_gelu")
    assert isinstance(spec, KernelSpec)
    assert isinstance(spec.kind, Operator)
    return spec.kind


def solution(name: str) -> Solution:
    return next(each for each in solutions(find_any("fused_gelu")) if each.name == name)


def as_cases(calls: Sequence[gelu.KernelCase]) -> list[Case]:
    return [Case(call.sizes, call.data, len(call.expected)) for call in calls]


def in_float32(scales: gelu.Scales) -> npt.NDArray[np.int8]:
    """The definition in float32 throughout, with the error function rounded to it."""
    x_scale, y_scale, one = np.float32(scales.x_scale), np.float32(scales.y_scale), np.float32(1)
    real = (gelu.CODES - scales.x_zero_point).astype(np.float32) * x_scale
    erf = np.array([gelu.math.erf(value) for value in real * np.float32(0.70710678)], np.float32)
    steps = np.rint(real * (one + erf) * np.float32(0.5) / y_scale)
    return np.clip(steps + scales.y_zero_point, -128, 127).astype(np.int8)


@given(seed=SEEDS)
def test_float_and_double_give_the_same_bytes(seed: int) -> None:
    scales = gelu.drawn(np.random.default_rng(seed))

    assert np.array_equal(in_float32(scales), scales.table())


@given(seed=SEEDS)
def test_the_approximation_by_tanh_differs_by_a_step_at_most_and_can_be_told(seed: int) -> None:
    scales = gelu.drawn(np.random.default_rng(seed))
    real = (gelu.CODES - scales.x_zero_point) * scales.x_scale
    near = real * (1 + np.tanh(np.sqrt(2 / np.pi) * (real + 0.044715 * real**3))) / 2 / scales.y_scale
    table = np.clip(np.rint(near) + scales.y_zero_point, -128, 127)

    assert np.abs(table - scales.table()).max() <= 1


def test_calls_are_drawn_the_same_from_the_same_seed() -> None:
    first, second = (gelu.checked(np.random.default_rng(5)) for _ in range(2))

    assert first == second
    assert first != gelu.checked(np.random.default_rng(6))


def test_every_value_of_x_occurs_at_every_end_of_the_scales() -> None:
    calls = gelu.checked(np.random.default_rng(5))
    every = [call for call in calls if len(set(call.data[: call.sizes[0] * call.sizes[1]])) == 256]

    assert len(every) >= 5


def test_the_models_are_those_that_prepare_writes() -> None:
    assert kind().interface.model == prepare.operator().SerializeToString(deterministic=True)
    assert kind().interface.graph == prepare.graph().SerializeToString(deterministic=True)


class TestOnADevice:
    """In the emulator, in the cage."""

    pytestmark = needs_lab

    @pytest.fixture(scope="class")
    def reference(self) -> Built:
        return kind().build(solution("reference").kernel.read_bytes(), PI4, open_sandbox())

    @settings(max_examples=12, deadline=None)
    @given(seed=SEEDS)
    def test_the_reference_is_right_to_the_byte(self, reference: Built, seed: int) -> None:
        rng = np.random.default_rng(seed)
        calls = [gelu.random_case(tuple(int(size) for size in rng.integers(1, 150, 2)), rng) for _ in range(20)]

        run = run_kernel(reference, as_cases(calls), PI4, lab(), open_sandbox())

        assert list(run.outputs) == [call.expected for call in calls]

    def test_the_standard_nodes_are_right_to_the_byte(self) -> None:
        calls = gelu.checked(np.random.default_rng(11))

        run = graph_run(as_cases(calls), kind().interface, PI4, lab(), open_sandbox())

        assert list(run.outputs) == [call.expected for call in calls]

    def test_the_count_is_what_the_runtime_takes_with_the_operator_in_it(self, reference: Built) -> None:
        cases, sandbox = as_cases(gelu.scored(np.random.default_rng(11))), open_sandbox()
        own = run_kernel(reference, cases, PI4, lab(), sandbox).emulated.total - kind().idle(cases, PI4, lab(), sandbox)
        composed = own + kind().around(cases, PI4, lab(), sandbox)

        measured = run_in_runtime(
            kind().interface.model, reference.library, cases, PI4, lab(), sandbox
        ).emulated.between

        assert PI4.cycles(composed) == pytest.approx(PI4.cycles(measured), rel=0.06)
        assert composed.instructions < measured.instructions

    def test_two_runs_count_the_same(self, reference: Built) -> None:
        cases = as_cases(gelu.scored(np.random.default_rng(11)))

        first, second = (
            run_in_runtime(kind().interface.model, reference.library, cases, PI4, lab(), open_sandbox()).emulated
            for _ in range(2)
        )

        assert (first.total, first.between) == (second.total, second.between)
