"""A kernel from source to report, with the real compiler and emulator in the real cage."""

from dataclasses import replace

import numpy as np
import pytest

from challenges.kernels import gemm
from challenges.lab import lab
from grader.devices.kernels import Case, Interface
from grader.devices.targets import devices
from grader.entry import Entry
from grader.kernels.challenge import KernelBaseline, KernelCase, KernelChallenge, KernelTarget
from grader.kernels.grading import grade, measure_baseline
from grader.kernels.kinds import Kernel
from grader.report import Report, Result
from grader.sandbox import open_sandbox
from grader.sandbox.base import Sandbox
from grader.stages import OF_KERNELS, Stage

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(not lab().is_whole, reason="the device lab is absent: ./run devices"),
]

HEADER = b"""#pragma once
#include <cstdint>
extern "C" void gemm_s8(int m, int n, int k, const int8_t *a, const int8_t *b, int32_t *c);
"""
CALL = b"""#include "gemm.h"
#include "kernel_case.h"
void call_kernel(const int32_t *sizes, const uint8_t *input, uint8_t *output) {
    auto a = reinterpret_cast<const int8_t *>(input);
    gemm_s8(sizes[0], sizes[1], sizes[2], a, a + (sizes[0] * sizes[2] + 63) / 64 * 64,
            reinterpret_cast<int32_t *>(output));
}
"""
OPEN = b"""#include "gemm.h"
extern "C" void gemm_s8(int m, int n, int k, const int8_t *a, const int8_t *b, int32_t *c) {
"""
EMPTY = (
    OPEN.replace(b"m, int n, int k", b", int, int").replace(b"*a", b"*").replace(b"*b", b"*").replace(b"*c", b"*")
    + b"}"
)
LOOPS = b"""
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            int32_t sum = 0;
            %s
            for (int p = 0; p < k; p++) sum += a[i * k + p] * b[j * k + p];
            c[i * n + j] = sum;
        }
}
"""
SCALAR = OPEN + LOOPS % b'_Pragma("clang loop vectorize(disable) interleave(disable) unroll(disable)")'
PLAIN = OPEN + LOOPS % b""
WRONG_WHEN_ODD = PLAIN.replace(b"p < k;", b"p < k / 2 * 2;")
DOT = PLAIN.replace(
    b"int32_t sum = 0;",
    b'int32_t sum = 0; asm volatile(".arch_extension dotprod\\nsdot v0.4s, v1.16b, v2.16b" ::: "v0");',
)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """The real one."""
    return open_sandbox()


@pytest.fixture(scope="module")
def challenge() -> KernelChallenge:
    """A small product on both boards."""
    draw = np.random.default_rng(0)

    def call(m: int, n: int, k: int) -> KernelCase:
        a, b = draw.integers(-128, 128, (m, k), np.int8), draw.integers(-128, 128, (n, k), np.int8)
        data = a.tobytes().ljust(-(-m * k // 64) * 64, b"\0") + b.tobytes()
        return KernelCase(Case((m, n, k), data, 4 * m * n), gemm.product(a, b).tobytes(), m * n * k)

    return KernelChallenge(
        id="product",
        version=1,
        split="public",
        max_bytes=65_536,
        kind=Kernel(Interface(symbol="gemm_s8", header_name="gemm.h", header=HEADER, call=CALL, empty=EMPTY), SCALAR),
        targets=tuple(
            KernelTarget(device=devices()[name], par=20_000, weight=0.5, macs_per_instruction=16)
            for name in ("pi4", "pi5")
        ),
        scored=(call(16, 16, 64),),
        checked=(call(3, 5, 7), call(1, 1, 1)),
        lab=lab(),
    )


@pytest.fixture(scope="module")
def baseline(challenge: KernelChallenge, sandbox: Sandbox) -> KernelBaseline:
    """What the scalar reference costs."""
    return measure_baseline(challenge, sandbox)


@pytest.fixture(scope="module")
def plain(challenge: KernelChallenge, baseline: KernelBaseline, sandbox: Sandbox) -> Report:
    """The report on what a compiler makes of plain C++."""
    return grade(Entry("kernel.cpp", PLAIN), challenge, baseline, sandbox)


def test_the_scalar_reference_as_an_entry_has_no_points(
    challenge: KernelChallenge, baseline: KernelBaseline, sandbox: Sandbox
) -> None:
    stages: list[Stage] = []

    report = grade(Entry("kernel.cpp", SCALAR), challenge, baseline, sandbox, lambda stage, _: stages.append(stage))

    assert (report.result, report.score and report.score.points) == (Result.PARTIAL, 0)
    assert tuple(dict.fromkeys(stages)) == OF_KERNELS
    assert {finding.code for finding in report.next_steps} >= {"kernel_try_vectors"}


def test_a_right_kernel_is_counted_on_every_device(plain: Report) -> None:
    assert plain.kernel is not None
    assert plain.score is not None
    assert [on.device for on in plain.kernel.devices] == ["pi4", "pi5"]
    for on in plain.kernel.devices:
        assert sum(on.counts.classes.values()) == on.counts.instructions
        assert on.speed_up > 2
        assert on.over_floor > 1
    assert plain.score.points == pytest.approx(sum(part.points for part in plain.score.parts))


def test_the_hot_loop_is_shown_with_its_share(plain: Report) -> None:
    assert plain.kernel is not None
    hot = plain.kernel.devices[1].hot

    assert sum(block.share for block in hot) > 0.5
    assert any(line.startswith("ld") for block in hot for line in block.instructions)


def test_the_same_kernel_gets_the_same_report(
    plain: Report, challenge: KernelChallenge, baseline: KernelBaseline, sandbox: Sandbox
) -> None:
    again = grade(Entry("kernel.cpp", PLAIN), challenge, baseline, sandbox)

    assert replace(again, stage_wall_s={}) == replace(plain, stage_wall_s={})
    assert Report.from_json(again.to_json()) == again


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (WRONG_WHEN_ODD, "kernel_wrong"),
        (DOT, "device_illegal_instruction"),
        (b"int", "kernel_not_compiled"),
        (b"namespace { int nothing; }", "kernel_missing"),
        (b"\xff\xfe", "not_text"),
        (EMPTY, "kernel_wrong"),
    ],
    ids=["wrong", "dot-product-on-pi4", "no-code", "no-kernel", "no-text", "empty"],
)
def test_what_is_wrong_is_refused_by_its_name(
    source: bytes, code: str, challenge: KernelChallenge, baseline: KernelBaseline, sandbox: Sandbox
) -> None:
    report = grade(Entry("kernel.cpp", source), challenge, baseline, sandbox)

    assert report.result is Result.REJECTED
    assert [finding.code for finding in report.reasons] == [code]
    assert report.kernel is report.score is None


def test_fewer_instructions_than_the_multiplications_need_are_not_believed(
    challenge: KernelChallenge, baseline: KernelBaseline, sandbox: Sandbox
) -> None:
    unlikely = replace(challenge.targets[0], macs_per_instruction=0.001)

    report = grade(Entry("kernel.cpp", PLAIN), replace(challenge, targets=(unlikely,)), baseline, sandbox)

    assert [finding.code for finding in report.reasons] == ["kernel_below_floor"]
