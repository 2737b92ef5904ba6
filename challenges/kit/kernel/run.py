"""Compile a kernel, check it and count what it costs: `python run.py [kernel.cpp] [--device NAME] [--hot]`.

The counter, the harness and the cost model in lab/ are the grader's; instructions are counted alike to the last one.
Misses can differ by a few, because the program's stack lies elsewhere. The grader checks sizes of its own besides, so
hand in what is right on every size. Nothing here is a sandbox: run your own kernels only.
"""

import argparse
import json
import math
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cases
import numpy as np

HERE = Path(__file__).parent
CHALLENGE = tomllib.loads((HERE / "challenge.toml").read_text("utf-8"))
DEVICES = tomllib.loads((HERE / "lab" / "targets.toml").read_text("utf-8"))
SEED = 2026
PROGRAM = "kernel"
COMPILER, LINKER = "clang++-19", "ld.lld-19"
FLAGS = ("-O3", "-std=c++20", "-Wall", "-Wextra")
EMULATIONS = {"aarch64": "aarch64linux", "riscv64": "elf64lriscv"}
TESTED = "7.2"  # QEMU's version: others may count otherwise
PLAIN_MEMSET = ("-E", "GLIBC_TUNABLES=glibc.cpu.name=emag")  # without DC ZVA, which the counter cannot watch
LIMIT = 2_000_000_000  # instructions
REPORT_BYTES = 1 << 20
ALIGNMENT = FENCE = 64
HOT_BLOCKS = 3
INSTALL = """On Debian 12, or in a container of it:
  sudo apt-get install --no-install-recommends qemu-user clang-19 lld-19 g++-aarch64-linux-gnu g++-riscv64-linux-gnu
qemu-user-static does not do: it takes no plugins."""
ENDINGS = {
    "call": "it made system call {detail}, which a kernel has no business with",
    "guard": "it touched memory that is not its own",
    "limit": f"it did not end within {LIMIT:,} instructions",
    "zeroes": "it zeroes whole cache lines (DC ZVA), which the counter cannot watch",
    "memory": "it asked for more memory than there is",
}


class Stopped(Exception):
    """What is told instead of a result."""


@dataclass(frozen=True)
class Device:
    """A device of lab/targets.toml, and what the challenge asks for on it."""

    name: str
    facts: dict[str, Any]
    asked: dict[str, Any]

    @property
    def architecture(self) -> str:
        return self.facts["architecture"]

    @property
    def triple(self) -> str:
        return f"{self.architecture}-linux-gnu"

    def cycles(self, counts: "Counts") -> float:
        """What the counts cost, estimated. Vector instructions of RISC-V cost the registers that they work on."""
        cost = self.facts["cost"]
        by_register = cost.get("vector_register", 0)
        vectors = counts.classes["vector"] + counts.classes["vector_mac"] if by_register else 0
        return (
            cost["instruction"] * (counts.instructions - vectors)
            + by_register * counts.registers
            + cost["level1_miss"] * counts.level1
            + cost["level2_miss"] * counts.level2
        )


@dataclass(frozen=True)
class Counts:
    """What a run executed: instructions, lines that missed a cache, registers that vector instructions worked on."""

    instructions: int
    level1: int
    level2: int
    registers: float
    classes: dict[str, int]

    def __sub__(self, other: "Counts") -> "Counts":
        classes = {name: count - other.classes[name] for name, count in self.classes.items()}
        return Counts(
            self.instructions - other.instructions,
            self.level1 - other.level1,
            self.level2 - other.level2,
            self.registers - other.registers,
            classes,
        )


@dataclass(frozen=True)
class Run:
    """What a program wrote for each case, what it cost with the harness, and the blocks that cost most."""

    outputs: list[bytes]
    counts: Counts
    blocks: list[tuple[int, int, int]]  # address, instructions, runs


def main() -> None:
    """Print what the kernel costs on each device, and its points."""
    options = _options()
    try:
        devices = [Device(name, DEVICES[name], asked) for name, asked in CHALLENGE["devices"].items()]
        _require_tools(devices)
        with tempfile.TemporaryDirectory() as name:
            bench = Bench(Path(name))
            chosen = [device for device in devices if options.device in (None, device.name)]
            points = [bench.judge(device, options.kernel, options.hot) for device in chosen]
        print(f"\n{sum(points):.1f} points")
    except Stopped as reason:
        sys.exit(str(reason))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel", nargs="?", type=Path, default=HERE / "kernel.cpp")
    parser.add_argument("--device", choices=sorted(CHALLENGE["devices"]), help="only this one")
    parser.add_argument("--hot", action="store_true", help="show the instructions that ran most")
    return parser.parse_args()


def _require_tools(devices: list[Device]) -> None:
    """Stop with what is missing."""
    architectures = {device.architecture for device in devices}
    emulators = [f"qemu-{architecture}" for architecture in sorted(architectures)]
    missing = [tool for tool in (COMPILER, LINKER, *emulators) if not shutil.which(tool)]
    missing += [f"g++-{name}-linux-gnu" for name in architectures if not _compiler_folder(f"{name}-linux-gnu").exists()]
    if missing:
        raise Stopped(f"missing: {', '.join(missing)}\n{INSTALL}")
    for emulator in emulators:
        said = subprocess.run([emulator, "--version"], capture_output=True, text=True, check=False).stdout
        if f"version {TESTED}" not in said:
            print(f"note: the grader counts with QEMU {TESTED}; this is {said.splitlines()[0]}", file=sys.stderr)


def _compiler_folder(triple: str) -> Path:
    return Path(f"/usr/lib/gcc-cross/{triple}/12")


class Bench:
    """A folder with everything that is compiled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "sysroot").mkdir()
        self.program = folder / PROGRAM
        draw = np.random.default_rng(SEED)
        self.scored, self.checked = cases.scored(draw), cases.checked(draw)
        self.counter = folder / "count.so"
        flags = ("-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-DUNCAGED")
        _done(COMPILER.replace("++", ""), *flags, HERE / "lab" / "count.c", "-o", self.counter)

    def judge(self, device: Device, kernel: Path, hot: bool) -> float:
        """Print what a kernel does on a device. Its points."""
        print(f"\n{device.facts['title']} ({device.facts['core']})")
        idle = self.cost(HERE / "kernel" / "empty.cpp", device)
        scalar = self.cost(HERE / "kernel" / "scalar.cpp", device) - idle
        self.build(kernel, device)
        self.right(self.run(self.checked, device), self.checked)
        run = self.right(self.run(self.scored, device), self.scored)
        print(f"  right on {len(self.checked) + len(self.scored)} calls")
        points = _show(device, run.counts - idle, scalar)
        if hot:
            self.show_hot(run, device)
        return points

    def cost(self, kernel: Path, device: Device) -> Counts:
        """Of the calls that count, harness included."""
        self.build(kernel, device)
        return self.run(self.scored, device).counts

    def build(self, kernel: Path, device: Device) -> None:
        """Make the program of a kernel and its harness, compiled and linked as the grader does."""
        sources = (*sorted((HERE / "lab").glob("*.cpp")), HERE / "kernel" / "call.cpp", kernel)
        objects = [self.folder / f"{number}.o" for number in range(len(sources))]
        for source, made in zip(sources, objects, strict=True):
            includes = (f"-I{HERE / 'kernel'}", f"-I{HERE / 'lab'}")
            target = (f"--target={device.triple}", *device.facts["compiler_flags"])
            _done(COMPILER, *target, *FLAGS, *includes, "-c", source, "-o", made)
        system, compiler = f"/usr/{device.triple}/lib", str(_compiler_folder(device.triple))
        begin = next(folder for folder in (system, compiler) if Path(f"{folder}/crti.o").exists())
        _done(
            *(LINKER, "-m", EMULATIONS[device.architecture], "--threads=1", "--strip-debug", "-o", self.program),
            *("-static", f"{system}/crt1.o", f"{begin}/crti.o", f"{compiler}/crtbeginT.o"),
            *(f"-L{compiler}", f"-L{system}", *objects, "-lstdc++", "-lm"),
            *("--start-group", "-lgcc", "-lgcc_eh", "-lc", "--end-group", f"{compiler}/crtend.o", f"{begin}/crtn.o"),
        )

    def run(self, chosen: list[Any], device: Device) -> Run:
        """Emulate the program on the cases. Raises Stopped for what it did."""
        stdin, output_bytes = _packed(chosen)
        report = os.memfd_create("report")
        os.truncate(report, REPORT_BYTES)
        level1, level2 = device.facts["level1"], device.facts["level2"]
        caches = ":".join(str(level[name]) for level in (level1, level2) for name in ("size_bytes", "ways"))
        plugin = f"{self.counter},report={report},calls=kernel,limit={LIMIT},cache={caches}"
        cpu = ("-cpu", device.facts["emulated_cpu"], "-seed", "1", "-L", str(self.folder / "sysroot"), *PLAIN_MEMSET)
        done = subprocess.run(
            [shutil.which(f"qemu-{device.architecture}"), *cpu, "-plugin", plugin, "-0", "/program", f"./{PROGRAM}"],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            env={},
            pass_fds=(report,),
            check=False,
        )
        said = os.pread(report, REPORT_BYTES, 0).rstrip(b"\0")
        os.close(report)
        told = json.loads(said) if said else None
        _refuse(done.returncode, told, done.stderr, device)
        return Run(_unpacked(done.stdout, output_bytes, chosen), _counts(told), told["blocks"])

    @staticmethod
    def right(run: Run, chosen: list[Any]) -> Run:
        """The run, if every output is what it should be. Raises Stopped."""
        for case, output in zip(chosen, run.outputs, strict=True):
            if output != case.expected:
                at = next(at for at, (one, other) in enumerate(zip(output, case.expected, strict=True)) if one != other)
                sizes = " x ".join(map(str, case.sizes))
                raise Stopped(f"  wrong at {sizes}: byte {at} of the output is {output[at]}, not {case.expected[at]}")
        return run

    def show_hot(self, run: Run, device: Device) -> None:
        """Print the blocks that cost most, as the compiler wrote them."""
        disassembler = shutil.which(f"{device.triple}-objdump") or "objdump"
        for address, size, runs in run.blocks[:HOT_BLOCKS]:
            span = (f"--start-address={address}", f"--stop-address={address + 4 * size}")
            text = _done(disassembler, "--disassemble", "--no-show-raw-insn", *span, self.program).splitlines()
            lines = [line for line in text if ":\t" in line][:size]
            print(f"\n  {runs:,} times {size} instructions:", *lines, sep="\n")


def _show(device: Device, counts: Counts, scalar: Counts) -> float:
    """Print counts, cycles and points of a device."""
    cycles, baseline, asked = device.cycles(counts), device.cycles(scalar), device.asked
    work = sum(cases.macs(sizes) for sizes in cases.SCORED)
    progress = math.log(baseline / cycles) / math.log(baseline / asked["par"]) if cycles > 0 else 0.0
    points = 100 * asked["weight"] * min(max(progress, 0.0), 1.2)
    goal = "gold" if cycles <= asked["gold"] else "passes" if cycles <= asked["par"] else "not there yet"
    kinds = ", ".join(f"{name} {count:,}" for name, count in counts.classes.items() if count)
    print(f"  instructions {counts.instructions:>12,}   {kinds}")
    if counts.registers:
        print(f"  registers    {counts.registers:>12,.0f}   that vector instructions worked on")
    print(f"  floor        {work / asked['floor_macs_per_instruction']:>12,.0f}   instructions, if each multiplied")
    print(f"  misses       {counts.level1:>12,}   first cache, {counts.level2:,} second cache")
    print(f"  cycles       {cycles:>12,.0f}   scalar {baseline:,.0f}: {baseline / cycles:.1f} times as fast")
    goals = f"par {asked['par']:,}, gold {asked['gold']:,}: {goal}"
    print(f"  points       {points:>12.1f}   of {100 * asked['weight']:.0f} at par; {goals}")
    return points


def _packed(chosen: list[Any]) -> tuple[bytes, int]:
    """The harness's input (see lab/kernel_case.h), and how many bytes it writes."""
    head, case_head = struct.Struct("<II"), struct.Struct("<8iII")
    input_at = _aligned(head.size + case_head.size * len(chosen))
    output_at, heads, data = 0, b"", bytearray()
    for case in chosen:
        sizes = (*case.sizes, *[0] * (8 - len(case.sizes)))
        heads += case_head.pack(*sizes, input_at + len(data), output_at)
        data += case.data.ljust(_aligned(len(case.data)), b"\0")
        output_at += _aligned(len(case.expected)) + FENCE
    return (head.pack(len(chosen), output_at) + heads).ljust(input_at, b"\0") + bytes(data), output_at


def _unpacked(output: bytes, output_bytes: int, chosen: list[Any]) -> list[bytes]:
    """The outputs. Raises Stopped if anything was written between them."""
    outputs, at = [], 0
    for case in chosen:
        size, end = len(case.expected), at + _aligned(len(case.expected)) + FENCE
        if any(output[at + size : end]):
            raise Stopped(f"  at {' x '.join(map(str, case.sizes))} it wrote beyond the end of its output")
        outputs.append(output[at : at + size])
        at = end
    return outputs


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _counts(told: dict[str, Any]) -> Counts:
    """Of the whole run: between the marks and outside of them."""
    parts = told["between"], told["outside"]
    names = ("instructions", "l1_misses", "l2_misses", "vector_registers8")
    instructions, level1, level2, registers8 = (sum(part[name] for part in parts) for name in names)
    classes = {name: sum(part["classes"][name] for part in parts) for name in parts[0]["classes"]}
    return Counts(instructions, level1, level2, registers8 / 8, classes)


def _refuse(code: int, told: dict[str, Any] | None, log: bytes, device: Device) -> None:
    """Stop where a program did not come to its own end, or did not leave the marks alone."""
    if told and told["ending"] in ENDINGS:
        raise Stopped(f"  stopped: {ENDINGS[told['ending']].format_map(told)}")
    if code == -signal.SIGILL:
        raise Stopped(f"  stopped: {device.facts['core']} does not know one of its instructions")
    if code < 0:
        raise Stopped(f"  died of {signal.Signals(-code).name}")
    if code or not told:
        raise Stopped(f"  ended with code {code}\n{log.decode('utf-8', 'replace')[-2000:]}")
    if told["marks"] != [1, 1]:
        raise Stopped("  stopped: it executed one of the harness's marks")


def _done(*command: object) -> str:
    """What a tool prints. Raises Stopped with its words if it fails; its warnings are shown."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stopped(done.stderr[-4000:])
    if done.stderr:
        print(done.stderr, file=sys.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
