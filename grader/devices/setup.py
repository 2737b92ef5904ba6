"""Make a device lab. What the system's packages bring has to be there.

All is made from our own sources but for ONNX Runtime: pip fetches its wheel for 64-bit Arm, and none but that digest's.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from grader.devices.lab import COMPILER, LINKER, RUNTIME_FOLDER, Lab, LabMissing, counter_digest
from grader.devices.targets import Device, devices

WHEELS = {"1.32.0": "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c"}
"""Version of ONNX Runtime -> SHA-256 of its wheel for Python 3.11 on 64-bit Arm; its library fits every Python."""
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")
GUEST_LIBRARIES = (
    *("ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0"),
    *("libstdc++.so.6", "libgcc_s.so.1"),
)
SOURCES = files("grader.devices")


def set_up(lab: Lab) -> None:
    """Make everything in the lab's folder that is not there. Raises LabMissing if the system lacks a tool."""
    require_tools(COMPILER, LINKER)
    lab.folder.mkdir(parents=True, exist_ok=True)
    build_counter(lab.counter)
    if not lab.runtime.exists():
        _fetch_runtime(lab)
    for program in (lab.runner, lab.operator_runner):
        _build_runner(lab, program)
    for device in devices().values():
        make_sysroot(lab, device)
    lab.made_of.write_text(counter_digest(), "utf-8")
    lab.require()


def require_tools(*tools: str) -> None:
    """Raises LabMissing if the system lacks one."""
    for tool in tools:
        if not shutil.which(tool):
            raise LabMissing("lab_missing", missing=tool)


def build_counter(path: Path, *extra_flags: str) -> None:
    """Compile the emulator's plugin. Raises LabMissing."""
    with as_file(SOURCES / "plugin") as folder:
        flags = ("-O2", "-shared", "-fPIC", "-fvisibility=hidden")
        _run(COMPILER.replace("++", ""), *flags, *extra_flags, str(folder / "count.c"), "-o", str(_draft(path)))
    _draft(path).replace(path)


def _build_runner(lab: Lab, program: Path) -> None:
    with as_file(SOURCES / "guest") as folder:
        target = (
            "--target=aarch64-linux-gnu",
            "-O2",
            "-rdynamic",
            "-fuse-ld=lld-19",
            f"-Wl,--allow-shlib-undefined,-rpath,{RUNTIME_FOLDER}",
        )
        _run(
            COMPILER.replace("++", ""),
            *(*target, str(folder / f"{program.name}.c"), str(lab.runtime), "-o", str(_draft(program))),
        )
    _draft(program).replace(program)


def _fetch_runtime(lab: Lab) -> None:
    wanted = version("onnxruntime")
    if wanted not in WHEELS:
        raise LabMissing("lab_missing", missing=f"ONNX Runtime {wanted} for aarch64")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "wanted").write_text(f"onnxruntime=={wanted} --hash=sha256:{WHEELS[wanted]}\n")
        platforms = [word for each in PLATFORMS for word in ("--platform", each)]
        _run(
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", "--only-binary=:all:", "--python-version", "3.11", *platforms),
            *("--dest", name, "--requirement", str(folder / "wanted")),
        )
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            content = wheel.read(f"onnxruntime/capi/libonnxruntime.so.{wanted}")
    _draft(lab.runtime).write_bytes(content)
    _draft(lab.runtime).replace(lab.runtime)


def _draft(path: Path) -> Path:
    """Where a file is made that somebody may be running, or making, meanwhile."""
    return path.with_suffix(f".draft-{os.getpid()}")


def make_sysroot(lab: Lab, device: Device) -> None:
    """Its libraries, and what Linux on the device would say of its processor: runtimes choose their kernels by that."""
    lab.sysroot(device).mkdir(parents=True, exist_ok=True)
    for path, content in {**_libraries(device), **_facts(device)}.items():
        file = lab.sysroot(device) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _libraries(device: Device) -> dict[str, bytes]:
    if device.architecture != "aarch64":
        return {}  # kernels are linked statically, and there is no runtime for it
    folder = Path(f"/usr/{device.triple}/lib")
    return {f"lib/{name}": (folder / name).read_bytes() for name in GUEST_LIBRARIES}


def _facts(device: Device) -> dict[str, bytes]:
    return {path: f"{content}\n".encode() for path, content in _said_of(device)}


def _said_of(device: Device) -> Iterator[tuple[str, str]]:
    """Files of /proc and /sys for one core of the device."""
    if not device.part:
        return
    lines = ("processor\t: 0", f"Features\t: {device.features}", "CPU implementer\t: 0x41", "CPU architecture: 8")
    yield "proc/cpuinfo", "\n".join([*lines, "CPU variant\t: 0x0", f"CPU part\t: {device.part}", "CPU revision\t: 3"])
    folder = "sys/devices/system/cpu"
    for name in ("possible", "present", "online", "kernel_max"):
        yield f"{folder}/{name}", "0"
    for name in ("core_siblings_list", "thread_siblings_list", "physical_package_id", "core_id", "cluster_id"):
        yield f"{folder}/cpu0/topology/{name}", "0"
    yield f"{folder}/cpu0/cpufreq/cpuinfo_max_freq", str(int(device.clock_ghz * 1e6))
    for index, (level, kind, size) in enumerate((("1", "Data", device.level1), ("2", "Unified", device.level2))):
        cache = f"{folder}/cpu0/cache/index{index}"
        yield f"{cache}/level", level
        yield f"{cache}/type", kind
        yield f"{cache}/size", f"{size.size_bytes // 1024}K"
        yield f"{cache}/coherency_line_size", "64"


def _run(*command: str) -> None:
    """Run a tool. Raises LabMissing with its last words if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabMissing("lab_not_made", tool=command[0], detail=done.stderr.strip()[-300:])
