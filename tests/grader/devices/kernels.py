"""Kernels for tests: one that adds 1 to every byte, in the harness of every kernel, and what such a run costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.devices.kernels import Case, Interface, KernelRun, build, idle_counts, run_kernel
from grader.devices.lab import Lab
from grader.devices.targets import Counts, Device, devices
from grader.sandbox.base import Sandbox

HEADER = b"""#pragma once
#include <cstdint>
extern "C" void kernel(int size, const uint8_t *input, uint8_t *output);
"""
CALL = b"""#include "kernel_case.h"
#include "kernel.h"
void call_kernel(const int32_t *sizes, const uint8_t *input, uint8_t *output) { kernel(sizes[0], input, output); }
"""
EMPTY = b"""#include "kernel.h"
void kernel(int, const uint8_t *, uint8_t *) {}
"""
INTERFACE = Interface(symbol="kernel", header_name="kernel.h", header=HEADER, call=CALL, empty=EMPTY)
HONEST = """#include "kernel.h"
void kernel(int size, const uint8_t *input, uint8_t *output) {
    for (int at = 0; at < size; at++) output[at] = input[at] + 1;
}
"""
SIZES = (64, 33, 1)
CASES = tuple(Case((size,), bytes((7 * at + size) % 256 for at in range(size)), size) for size in SIZES)
EXPECTED = tuple(bytes((byte + 1) % 256 for byte in case.data) for case in CASES)


@dataclass(frozen=True)
class Kernels:
    """Builds and runs kernels on the lab's devices."""

    lab: Lab
    sandbox: Sandbox

    def run(self, source: str, device: Device, cases: Sequence[Case] = CASES) -> KernelRun:
        """Compile and run. Raises EntryRejected."""
        built = build(source.encode(), INTERFACE, device, self.sandbox)
        return run_kernel(built, cases, device, self.lab, self.sandbox)

    def counts(self, source: str, device: Device, cases: Sequence[Case] = CASES) -> Counts:
        """What a kernel costs, without the harness. Raises EntryRejected."""
        idle = idle_counts(cases, INTERFACE, device, self.lab, self.sandbox)
        return self.run(source, device, cases).emulated.total - idle


PI4, PI5, JETSON, RISCV = (devices()[name] for name in ("pi4", "pi5", "jetson_nano", "rv64gcv"))


def kernel(body: str, before: str = "") -> str:
    """A kernel with this body."""
    head = '#include "kernel.h"\n'
    return f"{head}{before}\nvoid kernel(int size, const uint8_t *input, uint8_t *output) {{\n{body}\n}}\n"
