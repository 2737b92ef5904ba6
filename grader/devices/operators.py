"""A custom operator of ONNX Runtime: the entry is linked twice, as a library that the runtime loads on the device, and
into a small runtime of our own that speaks the same interface.

In both it has to be right. It is counted in the small one, where a run costs little besides the operator's own work:
ONNX Runtime takes so many instructions to start that an entry could hide its work in what it keeps the start from
doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from grader.devices.compiler import link_library
from grader.devices.emulator import Guest, ProgramFailed, emulate
from grader.devices.kernels import (
    INSTRUCTION_LIMIT,
    Built,
    Case,
    Interface,
    KernelRun,
    compile_entry,
    link_harness,
    packed,
    unpacked,
)
from grader.devices.lab import Lab
from grader.devices.models import MODEL, RUNTIME
from grader.devices.targets import Counts, Device
from grader.errors import EntryRejected
from grader.sandbox.base import Sandbox

REGISTER = "RegisterCustomOps"
LIBRARY = "/operators.so"
CPU_S = 120
REFUSED = {"signal": "exit 2"}  # by run_operator, with what the runtime said


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorInterface(Interface):
    """How a challenge's operator is called. model: its one node. graph: what it stands for, of standard nodes."""

    model: bytes = field(repr=False)
    graph: bytes = field(repr=False)

    harness: ClassVar[tuple[str, ...]] = (*Interface.harness, "operator_host.cpp")
    harness_headers: ClassVar[tuple[str, ...]] = (*Interface.harness_headers, "operator_host.h")
    lent_headers: ClassVar[tuple[str, ...]] = ("karui_ort.h",)
    flags: ClassVar[tuple[str, ...]] = ("-fPIC",)

    @property
    def parts(self) -> tuple[bytes, ...]:
        """Everything that counts depend on."""
        return (*Interface.parts.__get__(self), self.model, self.graph)


def build_operator(source: bytes, interface: OperatorInterface, device: Device, sandbox: Sandbox) -> Built:
    """For both runtimes. Raises EntryRejected with the compiler's or the linker's words."""
    compiled = compile_entry(source, interface, device, sandbox)
    library = link_library([compiled.data], device, sandbox)
    return Built(link_harness(compiled, interface, device, sandbox), compiled.log, library)


def run_in_runtime(
    model: bytes, library: bytes, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox
) -> KernelRun:
    """Run a model in ONNX Runtime on every case, all between the marks, with the operators of a library if any."""
    lab.require()
    stdin, size_bytes = packed(cases)
    files = {MODEL: model, **({LIBRARY: library} if library else {})}
    guest = Guest(
        program=lab.operator_runner.read_bytes(),
        arguments=tuple(files),
        stdin=stdin,
        output_bytes=size_bytes,
        calls="operator",
        instruction_limit=INSTRUCTION_LIMIT,
        cpu_s=CPU_S,
        binds={str(lab.runtime): RUNTIME},
        files=files,
    )
    try:
        emulated = emulate(device, guest, lab, sandbox)
    except ProgramFailed as failed:
        if failed.params == REFUSED:
            raise EntryRejected("operator_refused", log=failed.log) from failed
        raise
    return KernelRun(outputs=unpacked(emulated.output, cases), emulated=emulated)


def around_counts(
    cases: Sequence[Case], interface: OperatorInterface, device: Device, lab: Lab, sandbox: Sandbox
) -> Counts:
    """What ONNX Runtime does itself on these cases: that of one node whose operator does nothing."""
    built = build_operator(interface.empty, interface, device, sandbox)
    return run_in_runtime(interface.model, built.library, cases, device, lab, sandbox).emulated.between


def graph_run(
    cases: Sequence[Case], interface: OperatorInterface, device: Device, lab: Lab, sandbox: Sandbox
) -> KernelRun:
    """The standard nodes in ONNX Runtime on the same cases."""
    return run_in_runtime(interface.graph, b"", cases, device, lab, sandbox)
