"""A custom operator on a device: right in ONNX Runtime, and its count is what ONNX Runtime takes with it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from challenges.kernels import gelu
from challenges.kernels.spec import KernelSpec
from challenges.registry import find_any
from grader.devices.kernels import Built, Case, run_kernel
from grader.devices.lab import Lab
from grader.devices.operators import run_in_runtime
from grader.devices.targets import devices
from grader.errors import EntryRejected
from grader.kernels.kinds import Operator
from grader.sandbox.base import Sandbox

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
PI4 = devices()["pi4"]
SOLUTIONS = find_any("fused_gelu").folder / "solutions"


@pytest.fixture(scope="module")
def operator() -> Operator:
    """The challenge's."""
    spec = find_any("fused_gelu")
    assert isinstance(spec, KernelSpec)
    assert isinstance(spec.kind, Operator)
    return spec.kind


@pytest.fixture(scope="module")
def reference(operator: Operator, sandbox: Sandbox, lab: Lab) -> Built:
    """The best solution."""
    lab.require()
    return operator.build((SOLUTIONS / "reference" / "kernel.cpp").read_bytes(), PI4, sandbox)


def as_cases(calls: Sequence[gelu.KernelCase]) -> list[Case]:
    return [Case(call.sizes, call.data, len(call.expected)) for call in calls]


def test_the_standard_nodes_give_what_the_definition_gives(operator: Operator, lab: Lab, sandbox: Sandbox) -> None:
    calls = gelu.checked(np.random.default_rng(11))

    run = run_in_runtime(operator.interface.graph, b"", as_cases(calls), PI4, lab, sandbox)

    assert list(run.outputs) == [call.expected for call in calls]


def test_the_operator_gives_it_as_well(operator: Operator, reference: Built, lab: Lab, sandbox: Sandbox) -> None:
    calls = gelu.checked(np.random.default_rng(12))

    for run in operator.trials(reference, as_cases(calls), PI4, lab, sandbox):
        assert list(run.outputs) == [call.expected for call in calls]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_it_is_right_for_shapes_and_scales_that_nobody_chose(
    reference: Built, lab: Lab, sandbox: Sandbox, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    calls = [gelu.random_case(tuple(int(size) for size in rng.integers(1, 150, 2)), rng) for _ in range(20)]

    run = run_kernel(reference, as_cases(calls), PI4, lab, sandbox)

    assert list(run.outputs) == [call.expected for call in calls]


def test_the_count_is_what_the_runtime_takes_with_the_operator_in_it(
    operator: Operator, reference: Built, lab: Lab, sandbox: Sandbox
) -> None:
    cases = as_cases(gelu.scored(np.random.default_rng(11)))
    whole = run_kernel(reference, cases, PI4, lab, sandbox).emulated.total
    counted = whole - operator.idle(cases, PI4, lab, sandbox) + operator.around(cases, PI4, lab, sandbox)

    measured = run_in_runtime(operator.interface.model, reference.library, cases, PI4, lab, sandbox).emulated.between

    assert counted.instructions < measured.instructions
    assert PI4.cycles(counted) == pytest.approx(PI4.cycles(measured), rel=0.06)


@pytest.mark.long  # tests/grader/devices/test_determinism.py counts a model twice
def test_two_runs_in_the_runtime_count_the_same(
    operator: Operator, reference: Built, lab: Lab, sandbox: Sandbox
) -> None:
    cases = as_cases(gelu.scored(np.random.default_rng(11)))

    first, second = (
        run_in_runtime(operator.interface.model, reference.library, cases, PI4, lab, sandbox).emulated for _ in range(2)
    )

    assert (first.total, first.between) == (second.total, second.between)


def test_one_of_another_name_is_not_what_the_model_asks_for(operator: Operator, lab: Lab, sandbox: Sandbox) -> None:
    source = (SOLUTIONS / "pass" / "kernel.cpp").read_bytes().replace(b"return GELU_NAME", b'return "Other"')
    built = operator.build(source, PI4, sandbox)

    with pytest.raises(EntryRejected) as refused:
        run_in_runtime(
            operator.interface.model, built.library, as_cases(gelu.scored(np.random.default_rng(1))), PI4, lab, sandbox
        )

    assert refused.value.code == "operator_refused"
    assert "FusedGelu" in str(refused.value.params["log"])
