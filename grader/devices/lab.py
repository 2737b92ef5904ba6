"""Where the lab is and whether it is whole: an emulator and a compiler of the system, and what set-up made of them."""

import hashlib
import mmap
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from grader.devices.targets import Architecture, Device
from grader.errors import GraderError

EMULATOR, COMPILER, LINKER = "qemu-{architecture}", "clang++-19", "ld.lld-19"
RUNTIME_FOLDER = "/runtime"  # on the device
VERSIONS = {"qemu-aarch64": "7.2", "qemu-riscv64": "7.2", COMPILER: "19.1", LINKER: "19.1"}
"""Counts are only comparable between equal tools, and the counter speaks the interface of this emulator."""
COUNTED_WITH = (
    "plugin/count.c",
    "plugin/qemu_plugin.h",
    "guest/run_model.c",
    "guest/run_operator.c",
    "guest/kernel_case.h",
    "guest/ort_api.h",
    "guest/ort_session.h",
    "guest/marks.h",
    "targets.toml",
)
"""Our own sources that a count in ONNX Runtime hangs on: what the lab is made of."""
DIGITS = 12


class LabMissing(GraderError):
    """The device lab is not set up here: nothing of a device can be counted."""


@dataclass(frozen=True)
class Lab:
    """The lab in one folder. `grader.devices.setup` makes what is in it."""

    folder: Path

    @property
    def counter(self) -> Path:
        """The emulator's plugin."""
        return self.folder / "count.so"

    @property
    def runtime(self) -> Path:
        """ONNX Runtime for 64-bit Arm."""
        return self.folder / "libonnxruntime.so.1"

    @property
    def runner(self) -> Path:
        """The program that runs a model with it."""
        return self.folder / "run_model"

    @property
    def operator_runner(self) -> Path:
        """The program that runs a model of one custom operator with it."""
        return self.folder / "run_operator"

    @property
    def made_of(self) -> Path:
        """The digest of our own sources that it was made of."""
        return self.folder / "made_of"

    def sysroot(self, device: Device) -> Path:
        """What a program on the device sees of its system."""
        return self.folder / "sysroots" / device.name

    def require(self) -> None:
        """Raises LabMissing, with what is missing."""
        absent = [name for name in VERSIONS if not shutil.which(name)]
        made = (self.counter, self.runtime, self.runner, self.operator_runner)
        absent += [path.name for path in made if not path.exists()]
        if absent:
            raise LabMissing("lab_missing", missing=", ".join(absent))
        for name, wanted in VERSIONS.items():
            if not self.versions[name].startswith(wanted):
                raise LabMissing("lab_of_another_version", tool=name, found=self.versions[name], wanted=wanted)
        made_of = self.made_of.read_text("utf-8") if self.made_of.exists() else ""
        if made_of != counter_digest():
            raise LabMissing("lab_of_other_sources", found=made_of or "-", wanted=counter_digest())

    @property
    def is_whole(self) -> bool:
        """Whether anything can be counted here."""
        try:
            self.require()
        except LabMissing:
            return False
        return True

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Version of each tool by its name, "" where it says none."""
        return {name: version_of(name) for name in VERSIONS}

    @cached_property
    def tools(self) -> Mapping[str, str]:
        """What the counts of a model hang on: emulator, runtime, and a digest of our own sources."""
        return {
            "qemu": self.versions["qemu-aarch64"],
            "onnxruntime": self.runtime_version,
            "counter": counter_digest(),
        }

    @cached_property
    def runtime_version(self) -> str:
        """Version of ONNX Runtime for the devices, "" where it is missing."""
        return _runtime_version(self.runtime) if self.runtime.exists() else ""


def _runtime_version(library: Path) -> str:
    """What the library calls its interface: VERS_1.32.0."""
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = re.search(rb"VERS_(\d+\.\d+\.\d+)", content)
        return found.group(1).decode() if found else ""


@cache
def counter_digest() -> str:
    """Digest of our own sources that a count of a model hangs on."""
    sources = [(files("grader.devices") / name).read_bytes() for name in COUNTED_WITH]
    return hashlib.sha256(b"".join(hashlib.sha256(source).digest() for source in sources)).hexdigest()[:DIGITS]


def emulator(architecture: Architecture) -> str:
    """The path of what emulates it. Raises LabMissing."""
    name = EMULATOR.format(architecture=architecture)
    path = shutil.which(name)
    if path is None:
        raise LabMissing("lab_missing", missing=name)
    return path


@cache
def version_of(tool: str) -> str:
    """What a tool calls its version. Asked once: a page that wants to know whether there is a lab waits for nobody."""
    path = shutil.which(tool)
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout if path else ""
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    return found.group() if found else ""
