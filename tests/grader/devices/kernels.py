"""Kernels for tests: one that adds 1 to every byte, in the harness of every kernel, and what such a run costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.devices.compiler import check_object, compile_object, link
from grader.devices.kernels import GUEST, Built, Case, Interface, KernelRun, run_kernel
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
HEADERS: Mapping[str, bytes] = {
    "kernel.h": HEADER,
    **{name: (GUEST / name).read_bytes() for name in ("kernel_case.h", "marks.h")},
}
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
    """Builds and runs kernels on the lab's devices, with a harness that is compiled only once."""

    lab: Lab
    sandbox: Sandbox
    harnesses: dict[str, list[bytes]] = field(default_factory=dict)

    def run(self, source: str, device: Device, cases: Sequence[Case] = CASES) -> KernelRun:
        """Compile and run. Raises EntryRejected."""
        return run_kernel(self.build(source, device), cases, device, self.lab, self.sandbox)

    def build(self, source: str, device: Device) -> Built:
        """Compile. Raises EntryRejected."""
        compiled = compile_object(source.encode(), {"kernel.h": HEADER}, device, self.sandbox)
        check_object(compiled, INTERFACE.symbol)
        return Built(link([*self._harness(device), compiled.data], device, self.sandbox), compiled.log)

    def _harness(self, device: Device) -> list[bytes]:
        if device.name not in self.harnesses:
            self.harnesses[device.name] = [
                compile_object(source, HEADERS, device, self.sandbox).data
                for source in ((GUEST / "run_kernel.cpp").read_bytes(), CALL)
            ]
        return self.harnesses[device.name]

    def counts(self, source: str, device: Device, cases: Sequence[Case] = CASES) -> Counts:
        """What a kernel costs, without the harness. Raises EntryRejected."""
        idle = self.run(EMPTY.decode(), device, cases).emulated.total
        return self.run(source, device, cases).emulated.total - idle


PI4, PI5, JETSON, RISCV = (devices()[name] for name in ("pi4", "pi5", "jetson_nano", "rv64gcv"))


def kernel(body: str, before: str = "") -> str:
    """A kernel with this body."""
    head = '#include "kernel.h"\n'
    return f"{head}{before}\nvoid kernel(int size, const uint8_t *input, uint8_t *output) {{\n{body}\n}}\n"
