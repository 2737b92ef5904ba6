"""Run a program on a device that is not there, in the cage, and count what it executes.

The counter (plugin/count.c) ends a guest that calls what it has no business with, touches memory outside of its own,
runs too long or is refused memory. It writes its report into memory that the guest cannot name.
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn

import msgspec

from grader.devices.lab import Lab, emulator
from grader.devices.targets import Counts, Device
from grader.errors import EntryRejected, GraderError
from grader.sandbox import policy
from grader.sandbox.base import Sandbox, Verdict
from grader.sandbox.limits import Limits
from grader.sandbox.native import REPORT, Native, NativeOutcome
from grader.sandbox.verdict import killed_by

PROGRAM, SYSROOT, COUNTER, LOCK = "/program", "/sysroot", "/count.so", "/lock.bpf"
REPORT_BYTES = 1 << 20  # as in count.c
MEMORY_MIB, EMULATOR_MIB = 2048, 1024  # of the guest, as in count.c; of what runs it
SEED = "1"  # of what the kernel hands a program as random bytes
PLAIN_MEMSET = ("-E", "GLIBC_TUNABLES=glibc.cpu.name=emag")
"""The C library then has no need of DC ZVA, which the counter cannot watch and therefore allows no kernel."""

Calls = Literal["kernel", "runtime", "operator"]

ENDINGS = {
    "call": "device_forbidden_call",
    "guard": "device_outside_memory",
    "limit": "device_instruction_limit",
    "memory": "memory_limit",
    "zeroes": "device_zeroes_lines",
}
"""What the counter says of a guest that it ended -> the verdict. "lock" is ours: the filter did not go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A program for a device. calls: which system calls it may make: those of a kernel, those of a runtime that opens
    files and its own libraries, or for an operator those of a runtime until it has loaded one. binds, files: what it
    sees besides, as in `Native`.
    """

    program: bytes = field(repr=False)
    arguments: tuple[str, ...] = ()
    stdin: bytes = field(default=b"", repr=False)
    output_bytes: int
    calls: Calls
    instruction_limit: int
    cpu_s: int = 60
    binds: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A straight run of instructions: its address in the program, its length, how often it ran between the marks."""

    address: int
    instructions: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulated:
    """What a guest did that came to its own end. total: from its first instruction to its last; between: the marks.

    blocks: where most instructions between the marks were, the most first.
    """

    output: bytes = field(repr=False)
    total: Counts
    between: Counts
    blocks: tuple[Block, ...]
    cpu_s: float


class ProgramFailed(EntryRejected):
    """The program left with an exit code of its own. log: what it said on its standard error."""

    log: str = ""


class _Window(msgspec.Struct, frozen=True):
    instructions: int
    l1_misses: int
    l2_misses: int
    vector_registers8: int
    classes: dict[str, int]

    def counts(self) -> Counts:
        return Counts(
            instructions=self.instructions,
            level1_misses=self.l1_misses,
            level2_misses=self.l2_misses,
            vector_registers=self.vector_registers8 / 8,
            classes=self.classes,
        )


class _Report(msgspec.Struct, frozen=True):
    ending: str
    detail: int
    marks: tuple[int, int]
    between: _Window
    outside: _Window
    blocks: tuple[tuple[int, int, int], ...]


def emulate(device: Device, guest: Guest, lab: Lab, sandbox: Sandbox) -> Emulated:
    """Run a guest to its end. Raises EntryRejected for what it did, GraderError where the lab or the sandbox failed."""
    outcome = sandbox.run_native(_native(device, guest, lab))
    if outcome.verdict is Verdict.SANDBOX_FAILED:
        raise GraderError(outcome.code, **outcome.params)
    report = _report(outcome)
    if report is None or report.ending != "exit":
        _refuse(device, outcome, report)
    if outcome.verdict is not Verdict.OK:
        failed = ProgramFailed(outcome.code, **outcome.params)
        failed.log = outcome.log
        raise failed
    if report.marks != (1, 1):
        raise EntryRejected("device_forged_marks")
    between, outside = report.between.counts(), report.outside.counts()
    return Emulated(
        output=outcome.output,
        total=between + outside,
        between=between,
        blocks=tuple(Block(*block) for block in report.blocks),
        cpu_s=outcome.usage.cpu_s,
    )


def _native(device: Device, guest: Guest, lab: Lab) -> Native:
    qemu = emulator(device.architecture)
    level1, level2 = device.level1, device.level2
    plugin = (
        *(COUNTER, f"report={REPORT}", f"lock={LOCK}", f"calls={guest.calls}", f"limit={guest.instruction_limit}"),
        f"cache={level1.size_bytes}:{level1.ways}:{level2.size_bytes}:{level2.ways}",
    )
    return Native(
        argv=(
            *(qemu, "-cpu", device.emulated_cpu, "-seed", SEED, "-L", SYSROOT),
            *(PLAIN_MEMSET if guest.calls != "runtime" else ()),
            *("-plugin", ",".join(plugin), PROGRAM, *guest.arguments),
        ),
        binds={qemu: qemu, str(lab.counter): COUNTER, str(lab.sysroot(device)): SYSROOT, **guest.binds},
        files={PROGRAM: guest.program, LOCK: policy.bpf("lock_emulator"), **guest.files},
        stdin=guest.stdin,
        output_bytes=guest.output_bytes,
        report_bytes=REPORT_BYTES,
        limits=Limits(cpu_s=guest.cpu_s, wall_s=4 * guest.cpu_s, memory_mib=MEMORY_MIB + EMULATOR_MIB),
    )


def _report(outcome: NativeOutcome) -> _Report | None:
    """What the counter said, None if it never came to that: a guest that dies of a signal takes it along."""
    said = outcome.report.rstrip(b"\0")
    if not said:
        return None
    try:
        return msgspec.json.decode(said, type=_Report)
    except msgspec.MsgspecError as error:
        raise GraderError("device_report_broken") from error


def _refuse(device: Device, outcome: NativeOutcome, report: _Report | None) -> NoReturn:
    """Say how a guest ended that did not leave by itself."""
    if report is not None and report.ending in ENDINGS:
        code = ENDINGS[report.ending]
        details = {"device_forbidden_call": {"number": report.detail}, "memory_limit": {"limit_mib": MEMORY_MIB}}
        raise EntryRejected(code, **details.get(code, {}))
    killer = killed_by(outcome.exit_code)
    if killer is signal.SIGILL:
        raise EntryRejected("device_illegal_instruction", device=device.title, core=device.core)
    if report is not None or outcome.verdict is Verdict.OK:
        raise GraderError("device_report_broken")
    if outcome.code == "memory_limit":
        raise EntryRejected("memory_limit", limit_mib=MEMORY_MIB)
    raise EntryRejected(outcome.code, **outcome.params)
