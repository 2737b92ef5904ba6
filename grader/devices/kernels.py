"""Compile a kernel, run it on a device on given cases, and count: all it does, less what the harness does without it.

Marks are a trip wire and find the hot loop; no score hangs on them, because a kernel could write them itself.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import ClassVar

from grader.devices.compiler import Compiled, check_object, compile_object, link
from grader.devices.emulator import Emulated, Guest, emulate
from grader.devices.lab import Lab
from grader.devices.targets import Counts, Device
from grader.errors import EntryRejected
from grader.sandbox.base import Sandbox

HEAD, CASE, SIZES = struct.Struct("<II"), struct.Struct("<8iII"), 8
ALIGNMENT = 64
FENCE = 64
"""Bytes of nothing between two outputs: what a kernel writes there, it wrote out of bounds."""
INSTRUCTION_LIMIT = 2_000_000_000
GUEST = files("grader.devices") / "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """How a challenge's kernel is called. header: the file that entries include, by its name. call: C++ that calls the
    kernel on one case, `call_kernel` of guest/kernel_case.h. empty: a kernel that does nothing.
    """

    symbol: str
    header_name: str
    header: bytes = field(repr=False)
    call: bytes = field(repr=False)
    empty: bytes = field(repr=False)

    harness: ClassVar[tuple[str, ...]] = ("run_kernel.cpp",)
    harness_headers: ClassVar[tuple[str, ...]] = ("kernel_case.h", "marks.h")
    lent_headers: ClassVar[tuple[str, ...]] = ()  # those of ours that an entry may include
    flags: ClassVar[tuple[str, ...]] = ()

    @property
    def headers(self) -> Mapping[str, bytes]:
        """What an entry may include."""
        return {**{name: ours(name) for name in self.lent_headers}, self.header_name: self.header}

    @property
    def lab_sources(self) -> tuple[str, ...]:
        """Ours that a program of it is made from."""
        return (*self.harness, *self.harness_headers, *self.lent_headers)

    @property
    def parts(self) -> tuple[bytes, ...]:
        """Everything of it that counts depend on."""
        return (self.symbol.encode(), self.header, self.call, self.empty, *map(ours, self.lab_sources))


@dataclass(frozen=True, slots=True)
class Case:
    """One call: up to eight sizes, the input's bytes, and how many bytes come out."""

    sizes: tuple[int, ...]
    data: bytes = field(repr=False)
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Built:
    """A program for a device, what the compiler said of the kernel in it, and for an operator a library of it alone."""

    program: bytes = field(repr=False)
    log: str
    library: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelRun:
    """Outputs of every case, and the whole run, harness included."""

    outputs: tuple[bytes, ...] = field(repr=False)
    emulated: Emulated = field(repr=False)


def build(source: bytes, interface: Interface, device: Device, sandbox: Sandbox) -> Built:
    """The kernel in its harness. Raises EntryRejected with the compiler's or the linker's words."""
    compiled = compile_entry(source, interface, device, sandbox)
    return Built(link_harness(compiled, interface, device, sandbox), compiled.log)


def compile_entry(source: bytes, interface: Interface, device: Device, sandbox: Sandbox) -> Compiled:
    """The kernel alone. Raises EntryRejected with the compiler's words, or if it offers other names than its own."""
    compiled = compile_object(source, interface.headers, device, sandbox, flags=interface.flags)
    check_object(compiled, interface.symbol)
    return compiled


def link_harness(compiled: Compiled, interface: Interface, device: Device, sandbox: Sandbox) -> bytes:
    """The part of every challenge, this one's, and the kernel. Raises EntryRejected with the linker's words."""
    headers = {**interface.headers, **{name: ours(name) for name in interface.harness_headers}}
    sources = (*(ours(name) for name in interface.harness), interface.call)
    objects = [compile_object(source, headers, device, sandbox).data for source in sources]
    return link([*objects, compiled.data], device, sandbox)


def run_kernel(built: Built, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> KernelRun:
    """Run it on the cases. Raises EntryRejected for what it did, GraderError where we failed."""
    lab.require()
    stdin, size_bytes = packed(cases)
    guest = Guest(
        program=built.program,
        stdin=stdin,
        output_bytes=size_bytes,
        calls="kernel",
        instruction_limit=INSTRUCTION_LIMIT,
    )
    emulated = emulate(device, guest, lab, sandbox)
    return KernelRun(outputs=unpacked(emulated.output, cases), emulated=emulated)


def idle_counts(cases: Sequence[Case], interface: Interface, device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
    """What the harness costs on these cases with an empty kernel: to be taken off what a kernel's run counted."""
    built = build(interface.empty, interface, device, sandbox)
    return run_kernel(built, cases, device, lab, sandbox).emulated.total


def packed(cases: Sequence[Case]) -> tuple[bytes, int]:
    """The harness's input, and how many bytes it writes: every output with a fence behind it."""
    input_at = _aligned(HEAD.size + CASE.size * len(cases))
    output_at, heads, data = 0, [], bytearray()
    for case in cases:
        sizes = (*case.sizes, *[0] * (SIZES - len(case.sizes)))
        heads.append(CASE.pack(*sizes, input_at + len(data), output_at))
        data += case.data.ljust(_aligned(len(case.data)), b"\0")
        output_at += _aligned(case.output_bytes) + FENCE
    head = b"".join([HEAD.pack(len(cases), output_at), *heads])
    return head.ljust(input_at, b"\0") + bytes(data), output_at


def unpacked(output: bytes, cases: Sequence[Case]) -> tuple[bytes, ...]:
    """The outputs. Raises EntryRejected if anything was written between them."""
    outputs, at = [], 0
    for case in cases:
        outputs.append(output[at : at + case.output_bytes])
        end = at + _aligned(case.output_bytes) + FENCE
        if any(output[at + case.output_bytes : end]):
            raise EntryRejected("kernel_out_of_bounds", sizes=" × ".join(map(str, case.sizes)))
        at = end
    return tuple(outputs)


def ours(name: str) -> bytes:
    """A source of the lab's own."""
    return (GUEST / name).read_bytes()


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT) * ALIGNMENT
