"""What may be handed in as one C++ file, and how each kind is built, tried out and counted on a device."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from grader.devices.kernels import Built, Case, Interface, KernelRun, build, idle_counts, run_kernel
from grader.devices.lab import Lab
from grader.devices.operators import OperatorInterface, around_counts, build_operator, graph_run, run_in_runtime
from grader.devices.targets import Counts, Device
from grader.sandbox.base import Sandbox


class Kind(Protocol):
    """All but the cases raise EntryRejected for what an entry did, GraderError where we failed."""

    @property
    def interface(self) -> Interface:
        """How it is called."""

    @property
    def reference(self) -> bytes:
        """What has no points: a scalar kernel's source, or a graph of standard nodes."""

    def tools(self, lab: Lab) -> Mapping[str, str]:
        """Versions of what its counts hang on."""

    def build(self, source: bytes, device: Device, sandbox: Sandbox) -> Built:
        """A program of it."""

    def trials(
        self, built: Built, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox
    ) -> Iterator[KernelRun]:
        """Everywhere that it has to be right."""

    def idle(self, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """What `run_kernel` counts of an entry that does nothing."""

    def around(self, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> Counts | None:
        """What comes on top where the entry is used, if anything does."""

    def counted(self, cases: Sequence[Case], idle: Counts, device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """What the reference costs."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A function that the harness calls."""

    interface: Interface
    reference: bytes = field(repr=False)

    def tools(self, lab: Lab) -> Mapping[str, str]:
        """Emulator, compiler and linker."""
        return {name: found for name, found in lab.versions.items() if found}

    def build(self, source: bytes, device: Device, sandbox: Sandbox) -> Built:
        """In its harness."""
        return build(source, self.interface, device, sandbox)

    def trials(
        self, built: Built, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox
    ) -> Iterator[KernelRun]:
        """Where it is counted."""
        yield run_kernel(built, cases, device, lab, sandbox)

    def idle(self, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """The harness's."""
        return idle_counts(cases, self.interface, device, lab, sandbox)

    def around(self, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> None:
        """Whoever needs the function calls it."""

    def counted(self, cases: Sequence[Case], idle: Counts, device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """As an entry is."""
        built = self.build(self.reference, device, sandbox)
        return run_kernel(built, cases, device, lab, sandbox).emulated.total - idle


@dataclass(frozen=True, slots=True)
class Operator:
    """A custom operator of ONNX Runtime, which has to be right there and in the small runtime that it is counted in."""

    interface: OperatorInterface

    @property
    def reference(self) -> bytes:
        """The graph that it stands for."""
        return self.interface.graph

    def tools(self, lab: Lab) -> Mapping[str, str]:
        """ONNX Runtime too: its own work is part of the cost."""
        versions = {**lab.versions, "onnxruntime": lab.runtime_version}
        return {name: found for name, found in versions.items() if found}

    def build(self, source: bytes, device: Device, sandbox: Sandbox) -> Built:
        """For both runtimes."""
        return build_operator(source, self.interface, device, sandbox)

    def trials(
        self, built: Built, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox
    ) -> Iterator[KernelRun]:
        """In ONNX Runtime first: it says what is wrong."""
        yield run_in_runtime(self.interface.model, built.library, cases, device, lab, sandbox)
        yield run_kernel(built, cases, device, lab, sandbox)

    def idle(self, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """The harness's and the small runtime's."""
        built = self.build(self.interface.empty, device, sandbox)
        return run_kernel(built, cases, device, lab, sandbox).emulated.total

    def around(self, cases: Sequence[Case], device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """ONNX Runtime's."""
        return around_counts(cases, self.interface, device, lab, sandbox)

    def counted(self, cases: Sequence[Case], idle: Counts, device: Device, lab: Lab, sandbox: Sandbox) -> Counts:
        """Between the marks: the graph is ours, so nobody forges them."""
        del idle
        return graph_run(cases, self.interface, device, lab, sandbox).emulated.between
