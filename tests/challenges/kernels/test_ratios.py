"""What the kernels of the matrix product are worth, on 64 x 64 x 256 alone: the promises of the device lab."""

import numpy as np
import pytest

from challenges.kernels import gemm
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from challenges.registry import kernels
from grader.devices.kernels import Case, build, idle_counts, run_kernel
from grader.devices.targets import Counts, Device, devices
from grader.kernels.kinds import Kernel
from grader.sandbox import open_sandbox

LAB = lab()  # of this machine: a test has a home of its own
pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.slow,
    pytest.mark.skipif(not LAB.is_whole, reason="the device lab is absent: ./run devices"),
]


def counted(spec: KernelSpec, source: bytes, device: Device) -> Counts:
    """Of the first call that is scored, the harness taken off; its result is right."""
    assert isinstance(spec.kind, Kernel)
    sandbox, interface = open_sandbox(), spec.kind.interface
    first = gemm.scored(np.random.default_rng(0))[0]
    assert first.sizes == (64, 64, 256)
    cases = [Case(first.sizes, first.data, len(first.expected))]
    run = run_kernel(build(source, interface, device, sandbox), cases, device, LAB, sandbox)
    assert run.outputs == (first.expected,)
    return run.emulated.total - idle_counts(cases, interface, device, LAB, sandbox)


def scalar_and_reference(name: str, device: Device) -> tuple[Counts, Counts]:
    """Counts of both."""
    spec = kernels()[name]
    files = spec.sources / "scalar.cpp", spec.folder / "solutions" / "reference" / "kernel.cpp"
    scalar, reference = (counted(spec, path.read_bytes(), device) for path in files)
    return scalar, reference


def test_dot_products_need_a_fortieth_of_the_scalar_instructions() -> None:
    scalar, reference = scalar_and_reference("gemm_arm64", devices()["pi5"])

    assert scalar.instructions / reference.instructions >= 40


def test_vectors_of_risc_v_cost_a_tenth_of_the_scalar_ones() -> None:
    device = devices()["rv64gcv"]
    scalar, reference = scalar_and_reference("gemm_riscv", device)

    assert device.cycles(scalar) / device.cycles(reference) >= 10
