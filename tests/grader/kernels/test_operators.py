"""Grading an operator: every solution of its challenge gets the verdict that it declares, and the report says why."""

import pytest

from challenges.kernels.judge import judge_kernel, kernel_baseline, load_kernel
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from challenges.registry import find_any
from challenges.solutions import found, solutions
from grader.report import Report
from grader.sandbox import open_sandbox

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.slow,
    pytest.mark.skipif(not lab().is_whole, reason="the device lab is absent: ./run devices"),
]
ALL = {each.name: each for each in solutions(find_any("fused_gelu"))}


@pytest.fixture(scope="module")
def spec() -> KernelSpec:
    """The challenge."""
    found_spec = find_any("fused_gelu")
    assert isinstance(found_spec, KernelSpec)
    return found_spec


def graded(spec: KernelSpec, name: str) -> Report:
    return judge_kernel(spec, ALL[name].build(spec), "public", open_sandbox())


def test_what_it_was_counted_with_names_the_runtime(spec: KernelSpec) -> None:
    assert spec.kind.tools(lab())["onnxruntime"] == lab().runtime_version != ""


@pytest.mark.long  # its verdict is on record, and it runs in tests/grader/devices/test_operators.py
def test_the_reference_gets_its_declared_verdict_with_the_runtime_that_counted(spec: KernelSpec) -> None:
    report = graded(spec, "reference")

    assert found(report) == ALL["reference"].declared.verdict
    assert report.environment["onnxruntime"] == lab().runtime_version


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(ALL) - {"reference"}))
def test_every_other_does_too(spec: KernelSpec, name: str) -> None:
    assert found(graded(spec, name)) == ALL[name].declared.verdict


@pytest.mark.long
def test_scalar_code_is_told_to_look_for_vectors(spec: KernelSpec) -> None:
    report = graded(spec, "table")

    assert [step.code for step in report.next_steps if step.params["device"] == "Raspberry Pi 5"] == [
        "operator_try_vectors",
        "kernel_try_unrolling",
    ]


def test_what_is_computed_for_every_element_is_told_to_be_computed_once(spec: KernelSpec) -> None:
    report = graded(spec, "naive")

    assert {step.code for step in report.next_steps} == {"operator_try_once"}


@pytest.mark.long
def test_what_the_runtime_does_around_it_is_in_the_count_of_the_entry_and_not_in_the_floor(spec: KernelSpec) -> None:
    challenge = load_kernel(spec, "public")
    baseline = kernel_baseline(challenge, open_sandbox())

    report = graded(spec, "reference")

    assert report.kernel is not None
    for on, target in zip(report.kernel.devices, challenge.targets, strict=True):
        around = baseline.devices[on.device].around
        assert around is not None
        assert on.floor_instructions == sum(case.moved_bytes for case in challenge.scored) / 64
        assert on.counts.instructions - around.instructions > on.floor_instructions
        assert on.scalar == baseline.devices[on.device].scalar
        assert on.cycles == target.device.cycles(on.counts)
