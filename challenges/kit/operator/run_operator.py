"""Check and count kernel.cpp as the grader counts it: `python run_operator.py [FILE]`.

Outputs are compared with cases.py on both devices. Then the operator's own work is told: a run of the calls that
count, less the same run with kernel/empty.cpp. The grader adds what ONNX Runtime does around an operator, which is the
same for everybody.
"""

import ctypes
import importlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Device = Mapping[str, Any]
Cases = Sequence[Any]

HERE = Path(__file__).parent
LAB, KERNEL = HERE / "lab", HERE / "kernel"
CLANG, CLANGXX = "clang-19", "clang++-19"
FLAGS = ("-O3", "-std=c++20", "-Wall", "-Wextra")
ALIGNMENT, FENCE, REPORT_BYTES, LIMIT = 64, 64, 1 << 20, 2_000_000_000
NO_NEW_PRIVILEGES = 38
ALLOW_ALL = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)
"""A filter of system calls that lets everything pass: here your own code runs on your own machine."""


def main() -> int:
    """Say on each device whether it is right, and what it costs."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "kernel.cpp"
    if missing := [tool for tool in (CLANGXX, "ld.lld-19", "qemu-aarch64") if not shutil.which(tool)]:
        print(f"not installed: {', '.join(missing)} (README.md says how)")
        return 2
    cases, rng = importlib.import_module("cases"), np.random.default_rng()
    checked, scored = cases.checked(rng), cases.scored(rng)
    devices = tomllib.loads((LAB / "targets.toml").read_text("utf-8"))
    wanted = tomllib.loads((HERE / "challenge.toml").read_text("utf-8"))["devices"]
    with tempfile.TemporaryDirectory() as name:
        results = [_on(devices[device], source, checked, scored, Path(name)) for device in wanted]
    return 0 if all(results) else 1


def _on(device: Device, source: Path, checked: Cases, scored: Cases, folder: Path) -> bool:
    """Whether every byte is right on one device."""
    program, idle = _build(source, device, folder), _build(KERNEL / "empty.cpp", device, folder)
    for cases in (checked, scored):
        for case, output in zip(cases, _outputs(_run(program, cases, device, folder)[0], cases), strict=True):
            if output != case.expected:
                print(f"{device['title']}: wrong for {' × '.join(map(str, case.sizes))}")
                return False
    whole, rest = (_run(each, scored, device, folder)[1] for each in (program, idle))
    own = {name: whole[name] - rest[name] for name in ("instructions", "l1_misses", "l2_misses")}
    cost = device["cost"]
    cycles = (
        cost["instruction"] * own["instructions"]
        + cost["level1_miss"] * own["l1_misses"]
        + cost["level2_miss"] * own["l2_misses"]
    )
    print(f"{device['title']}: right. {own['instructions']:,} instructions, {own['l1_misses']:,} L1 misses, ", end="")
    print(f"{own['l2_misses']:,} L2 misses: {cycles:,.0f} cycles of the operator's own")
    return True


def _build(source: Path, device: Device, folder: Path) -> Path:
    """The file in the small runtime, as a static program."""
    program = folder / f"{source.stem}-{device['core']}"
    sources = (LAB / "run_kernel.cpp", LAB / "operator_host.cpp", KERNEL / "call.cpp", source)
    clang = (CLANGXX, "--target=aarch64-linux-gnu", *device["compiler_flags"], *FLAGS)
    objects = [folder / f"{index}.o" for index in range(len(sources))]
    for each, made in zip(sources, objects, strict=True):
        _call(*clang, "-fPIC", f"-I{LAB}", f"-I{KERNEL}", "-c", str(each), "-o", str(made))
    _call(*clang, "-static", "-fuse-ld=lld-19", *map(str, objects), "-o", str(program))
    return program


def _run(program: Path, cases: Cases, device: Device, folder: Path) -> tuple[bytes, Mapping[str, int]]:
    """The output's bytes, and all that was counted."""
    counter, lock = folder / "count.so", folder / "lock"
    if not counter.exists():
        _call(CLANG, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", str(LAB / "count.c"), "-o", str(counter))
        lock.write_bytes(ALLOW_ALL)
    report = os.memfd_create("report")
    os.truncate(report, REPORT_BYTES)
    caches = ":".join(f"{device[level]['size_bytes']}:{device[level]['ways']}" for level in ("level1", "level2"))
    plugin = f"{counter},report={report},lock={lock},calls=kernel,limit={LIMIT},cache={caches}"
    done = subprocess.run(
        ["qemu-aarch64", "-cpu", device["emulated_cpu"], "-seed", "1", "-plugin", plugin, str(program)],
        input=_packed(cases),
        capture_output=True,
        pass_fds=[report],
        env={},
        preexec_fn=lambda: ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        check=False,
    )
    said = os.pread(report, REPORT_BYTES, 0).rstrip(b"\0")
    os.close(report)
    if done.returncode or not said:
        raise SystemExit(f"{device['title']}: it ended with {done.returncode}. {done.stderr.decode(errors='replace')}")
    counts = json.loads(said)
    names = ("instructions", "l1_misses", "l2_misses")
    return done.stdout, {name: counts["between"][name] + counts["outside"][name] for name in names}


def _packed(cases: Cases) -> bytes:
    """What the harness reads: see kernel_case.h."""
    begin = _aligned(8 + 40 * len(cases))
    heads, data, output_at = [], bytearray(), 0
    for case in cases:
        sizes = (*case.sizes, *[0] * (8 - len(case.sizes)))
        heads.append(struct.pack("<8iII", *sizes, begin + len(data), output_at))
        data += case.data.ljust(_aligned(len(case.data)), b"\0")
        output_at += _aligned(len(case.expected)) + FENCE
    return (struct.pack("<II", len(cases), output_at) + b"".join(heads)).ljust(begin, b"\0") + bytes(data)


def _outputs(output: bytes, cases: Cases) -> Iterator[bytes]:
    """Each call's, with what was written behind it, which has to be nothing."""
    at = 0
    for case in cases:
        size = len(case.expected)
        end = at + _aligned(size) + FENCE
        yield output[at : at + size] + output[at + size : end].rstrip(b"\0")
        at = end


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    print(done.stderr, end="")


if __name__ == "__main__":
    sys.exit(main())
