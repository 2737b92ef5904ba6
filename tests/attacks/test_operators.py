"""What a hostile operator may try in the process of the runtime that loads it, and what becomes of it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet

from challenges.home import home
from challenges.kernels import gelu
from challenges.kernels.spec import KernelSpec
from challenges.registry import find_any
from grader.devices import operators as in_runtime
from grader.devices.kernels import Case, KernelRun
from grader.devices.lab import Lab
from grader.devices.operators import build_operator, run_in_runtime
from grader.devices.targets import devices
from grader.errors import EntryRejected
from grader.kernels.kinds import Operator
from grader.sandbox.base import Sandbox
from grader.sandbox.bubblewrap import BubblewrapSandbox
from tests.attacks.operators import (
    CALLS_AT_ANY_TIME,
    CALLS_WHILE_COUNTED,
    LEAVES,
    LOST,
    NOT_AN_OPERATOR,
    TWO_FACED,
    computing,
    holding,
    registering,
)

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.usefixtures("lab")]
PI5 = devices()["pi5"]
ALIKE = {"both marks again", "leave in the middle", "store at nothing"}  # to others, which are tried in CI
SHORT = 400_000_000  # instructions: three times what ONNX Runtime takes to start

Run = Callable[[bytes], KernelRun]


@pytest.fixture(scope="module")
def lab() -> Lab:
    """This machine's device lab; the tests are skipped, saying so, where there is none."""
    found = Lab(home() / "devices")
    if not found.is_whole:
        pytest.skip("the device lab is absent: ./run devices")
    return found


@pytest.fixture(scope="module")
def sandbox(make_sandbox: Callable[..., BubblewrapSandbox]) -> Sandbox:
    """The cage."""
    return make_sandbox()


@pytest.fixture(scope="module")
def operator() -> Operator:
    """The challenge's."""
    spec = find_any("fused_gelu")
    assert isinstance(spec, KernelSpec)
    assert isinstance(spec.kind, Operator)
    return spec.kind


@pytest.fixture(scope="module")
def calls() -> Sequence[gelu.KernelCase]:
    """Two of odd sizes."""
    rng = np.random.default_rng(1)
    return [gelu.random_case(sizes, rng) for sizes in ((3, 21), (2, 70))]


@pytest.fixture
def in_onnx_runtime(
    operator: Operator, calls: Sequence[gelu.KernelCase], lab: Lab, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Load it into ONNX Runtime on a Raspberry Pi 5, and call it."""
    monkeypatch.setattr(in_runtime, "INSTRUCTION_LIMIT", SHORT)
    cases = [Case(call.sizes, call.data, len(call.expected)) for call in calls]

    def run(source: bytes) -> KernelRun:
        library = build_operator(source, operator.interface, PI5, sandbox).library
        return run_in_runtime(operator.interface.model, library, cases, PI5, lab, sandbox)

    return run


def test_an_honest_operator_is_right(in_onnx_runtime: Run, calls: Sequence[gelu.KernelCase]) -> None:
    run = in_onnx_runtime(computing(""))

    assert list(run.outputs) == [call.expected for call in calls]


def first_in_ci(cases: Mapping[str, str]) -> list[ParameterSet]:
    """Each starts ONNX Runtime, which takes seconds: one shows in CI what the rest shows in ./run test long."""
    return [
        pytest.param(body, id=name, marks=() if at == 0 else pytest.mark.long)
        for at, (name, body) in enumerate(cases.items())
    ]


@pytest.mark.parametrize("body", first_in_ci(CALLS_AT_ANY_TIME | CALLS_WHILE_COUNTED))
def test_it_makes_no_system_call_as_it_computes(in_onnx_runtime: Run, body: str) -> None:
    with pytest.raises(EntryRejected) as refused:
        in_onnx_runtime(computing(body))

    assert refused.value.code == "device_forbidden_call"


@pytest.mark.parametrize("body", first_in_ci(CALLS_AT_ANY_TIME))
def test_it_makes_few_as_it_is_registered(in_onnx_runtime: Run, body: str) -> None:
    with pytest.raises(EntryRejected) as refused:
        in_onnx_runtime(registering(body))

    assert refused.value.code == "device_forbidden_call"


@pytest.mark.parametrize(
    ("body", "code"),
    [pytest.param(*each, id=name, marks=pytest.mark.long if name in ALIKE else []) for name, each in LOST.items()],
)
def test_it_ends_in_its_named_verdict(in_onnx_runtime: Run, body: str, code: str) -> None:
    with pytest.raises(EntryRejected) as refused:
        in_onnx_runtime(computing(body))

    assert refused.value.code == code


def test_one_that_leaves_before_the_model_is_read_has_computed_nothing(
    in_onnx_runtime: Run, calls: Sequence[gelu.KernelCase]
) -> None:
    run = in_onnx_runtime(registering(LEAVES))

    assert all(output != call.expected for output, call in zip(run.outputs, calls, strict=True))


@pytest.mark.parametrize(("code", "verdict"), NOT_AN_OPERATOR.values(), ids=NOT_AN_OPERATOR)
def test_it_does_not_come_to_a_run(operator: Operator, sandbox: Sandbox, code: str, verdict: str) -> None:
    with pytest.raises(EntryRejected) as refused:
        operator.build(holding(code), PI5, sandbox)

    assert refused.value.code == verdict


def test_one_that_knows_where_it_runs_has_to_be_right_in_both(
    operator: Operator, calls: Sequence[gelu.KernelCase], lab: Lab, sandbox: Sandbox
) -> None:
    cases = [Case(call.sizes, call.data, len(call.expected)) for call in calls]
    built = operator.build(computing(TWO_FACED), PI5, sandbox)

    real, small = (run.outputs for run in operator.trials(built, cases, PI5, lab, sandbox))

    assert list(small) == [call.expected for call in calls]
    assert list(real) != [call.expected for call in calls]
