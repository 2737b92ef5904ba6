"""Compile and link C++ for a device, in the cage: source that somebody uploaded is as untrusted as a model.

The compiler works in one process and the linker is called by itself, so nothing in the cage starts another program.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.devices.objects import BrokenObject, sections, symbols
from grader.devices.targets import Device
from grader.errors import EntryRejected, GraderError
from grader.sandbox.base import Sandbox, Verdict
from grader.sandbox.limits import Limits
from grader.sandbox.native import Native, NativeOutcome

LLVM = "/usr/lib/llvm-19"
SOURCE, INCLUDED, OBJECT = "/kernel.cpp", "/include", "/object{index}.o"
FLAGS = ("-O3", "-std=c++20", "-Wall", "-Wextra", "-fno-color-diagnostics", "-ferror-limit=10")
OBJECT_BYTES, PROGRAM_BYTES = 4 << 20, 16 << 20
COMPILERS_OWN = ("__clang_call_terminate", "DW.ref.__gxx_personality_v0")
"""What the compiler itself defines in C++ that may throw."""
LOG_CHARS, NAME_CHARS = 6000, 80
LIMITS = Limits(cpu_s=20, wall_s=60, memory_mib=1024)
EMULATIONS = {"aarch64": "aarch64linux", "riscv64": "elf64lriscv"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An object file, and what the compiler said on the way."""

    data: bytes = field(repr=False)
    log: str


def compile_object(
    source: bytes, headers: Mapping[str, bytes], device: Device, sandbox: Sandbox, *, flags: Sequence[str] = ()
) -> Compiled:
    """One source file, which may include the headers by name. Raises EntryRejected with the compiler's words."""
    outcome = _run(
        (
            *(f"{LLVM}/bin/clang++", f"--target={device.triple}", *device.compiler_flags, *FLAGS, *flags),
            *(f"-I{INCLUDED}", "-c", SOURCE, "-o", "-"),
        ),
        device,
        {SOURCE: source, **{f"{INCLUDED}/{name}": content for name, content in headers.items()}},
        OBJECT_BYTES,
        sandbox,
    )
    if outcome.verdict is not Verdict.OK:
        _refuse(outcome, "kernel_not_compiled")
    return Compiled(outcome.output, _log(outcome))


def link(objects: Sequence[bytes], device: Device, sandbox: Sandbox) -> bytes:
    """One static program. Raises EntryRejected with the linker's words."""
    system, compiler = f"/usr/{device.triple}/lib", f"/usr/lib/gcc-cross/{device.triple}/12"
    begin = next(folder for folder in (system, compiler) if Path(f"{folder}/crti.o").exists())
    names = [OBJECT.format(index=index) for index in range(len(objects))]
    return _linked(
        (
            *("-static", f"{system}/crt1.o", f"{begin}/crti.o", f"{compiler}/crtbeginT.o"),
            *(f"-L{compiler}", f"-L{system}", *names, "-lstdc++", "-lm"),
            *("--start-group", "-lgcc", "-lgcc_eh", "-lc", "--end-group", f"{compiler}/crtend.o", f"{begin}/crtn.o"),
        ),
        dict(zip(names, objects, strict=True)),
        device,
        sandbox,
    )


def link_library(objects: Sequence[bytes], device: Device, sandbox: Sandbox) -> bytes:
    """One shared library of objects that were compiled with -fPIC. Raises EntryRejected with the linker's words."""
    names = [OBJECT.format(index=index) for index in range(len(objects))]
    folders = (f"-L/usr/lib/gcc-cross/{device.triple}/12", f"-L/usr/{device.triple}/lib")
    words = ("-shared", "--no-undefined", *folders, *names, "-lstdc++", "-lm", "-lgcc", "-lc")
    return _linked(words, dict(zip(names, objects, strict=True)), device, sandbox)


def check_object(compiled: Compiled, allowed: str) -> None:
    """A kernel offers its own name to others and nothing else, or it could stand in for a function of the C library. No
    part of it runs before it is called, or it could do the work there and leave, cheaper than the harness by itself.

    Names of C++ are no danger: nothing that we link calls one. Raises EntryRejected.
    """
    try:
        strange = next((each.name for each in sections(compiled.data) if not each.is_ordinary), None)
        defined = list(symbols(compiled.data))
    except BrokenObject as error:
        raise EntryRejected("kernel_foreign_section", section=str(error)) from error
    if strange is not None:
        raise EntryRejected("kernel_foreign_section", section=strange[:NAME_CHARS])
    for symbol in defined:
        if symbol.is_indirect:
            raise EntryRejected("kernel_foreign_section", section=f"ifunc {symbol.name}"[:NAME_CHARS])
        if symbol.is_visible and symbol.name not in {allowed, *COMPILERS_OWN} and not symbol.name.startswith("_Z"):
            raise EntryRejected("kernel_foreign_symbol", symbol=symbol.name[:NAME_CHARS], allowed=allowed)
    if not any(symbol.is_visible and symbol.name == allowed for symbol in defined):
        raise EntryRejected("kernel_missing", symbol=allowed)


def disassemble(program: bytes, start: int, stop: int, device: Device, sandbox: Sandbox) -> str:
    """The program's instructions between two addresses, as text."""
    path, name = f"/usr/bin/{device.triple}-objdump", OBJECT.format(index=0)
    span = (f"--start-address={start}", f"--stop-address={stop}")
    words = (path, "--disassemble", "--no-show-raw-insn", *span, name)
    return _run(words, device, {name: program}, OBJECT_BYTES, sandbox, {path: path}).output.decode("utf-8", "replace")


def _linked(words: Sequence[str], objects: Mapping[str, bytes], device: Device, sandbox: Sandbox) -> bytes:
    linker = (
        f"{LLVM}/bin/ld.lld",
        "-m",
        EMULATIONS[device.architecture],
        "--threads=1",
        "--strip-debug",
        "-o",
        "-",
        *words,
    )
    outcome = _run(linker, device, objects, PROGRAM_BYTES, sandbox)
    if outcome.verdict is not Verdict.OK:
        _refuse(outcome, "kernel_not_linked")
    return outcome.output


def _run(
    words: Sequence[str],
    device: Device,
    files: Mapping[str, bytes],
    output_bytes: int,
    sandbox: Sandbox,
    binds: Mapping[str, str] | None = None,
) -> NativeOutcome:
    folders = (LLVM, "/usr/lib/clang", f"/usr/{device.triple}", f"/usr/lib/gcc-cross/{device.triple}")
    native = Native(
        argv=tuple(words),
        binds={folder: folder for folder in folders if Path(folder).exists()} | dict(binds or {}),
        files=files,
        output_bytes=output_bytes,
        limits=LIMITS,
    )
    outcome = sandbox.run_native(native)
    if outcome.verdict is Verdict.SANDBOX_FAILED:
        raise GraderError(outcome.code, **outcome.params)
    return outcome


def _refuse(outcome: NativeOutcome, code: str) -> None:
    """The candidate's fault, as the tool says it, or as it died."""
    if outcome.verdict is Verdict.CRASHED:
        raise EntryRejected(code, log=_log(outcome))
    raise EntryRejected(outcome.code, **outcome.params)


def _log(outcome: NativeOutcome) -> str:
    return outcome.log.replace(SOURCE, SOURCE.removeprefix("/"))[:LOG_CHARS]
