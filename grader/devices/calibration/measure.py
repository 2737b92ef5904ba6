"""Count inferences of ncnn's networks on the lab's devices, in the emulator but uncaged: nobody submitted ncnn."""

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import msgspec

from grader.devices.calibration.fetch import NCNN, Fetched, Shape, fetch
from grader.devices.calibration.points import Measured, Tools, published
from grader.devices.emulator import REPORT_BYTES, SEED
from grader.devices.lab import COMPILER, EMULATOR, Lab, emulator, version_of
from grader.devices.setup import SOURCES, build_counter, make_sysroot, require_tools
from grader.devices.targets import Device, devices

GUEST = files(__package__) / "guest.py"
WARMED_UP = 1  # inferences before the one that is counted


class _Window(msgspec.Struct, frozen=True):
    instructions: int
    l1_misses: int
    l2_misses: int

    def __sub__(self, other: "_Window") -> tuple[int, int, int]:
        return (
            self.instructions - other.instructions,
            self.l1_misses - other.l1_misses,
            self.l2_misses - other.l2_misses,
        )


class _Report(msgspec.Struct, frozen=True):
    ending: str
    outside: _Window


@dataclass(frozen=True, slots=True)
class Bench:
    """A lab without a cage, and what runs in it."""

    lab: Lab
    fetched: Fetched

    def inference(self, device: Device, network: str, shape: Shape) -> tuple[int, int, int]:
        """EVENTS of one inference after a first one: what a run with two has more than a run with one.

        Raises subprocess.CalledProcessError if ncnn cannot run the network.
        """
        return self._run(device, network, shape, WARMED_UP + 1) - self._run(device, network, shape, WARMED_UP)

    def _run(self, device: Device, network: str, shape: Shape, times: int) -> _Window:
        report = os.memfd_create("report")
        try:
            os.ftruncate(report, REPORT_BYTES)
            self._emulate(device, report, (str(self.fetched.network(network)), *map(str, shape), str(times)))
            return msgspec.json.decode(os.pread(report, REPORT_BYTES, 0).rstrip(b"\0"), type=_Report).outside
        finally:
            os.close(report)

    def _emulate(self, device: Device, report: int, arguments: tuple[str, ...]) -> None:
        sysroot, system, ncnn = self.lab.sysroot(device), self.fetched.interpreter, self.fetched.ncnn
        caches = ":".join(f"{cache.size_bytes}:{cache.ways}" for cache in (device.level1, device.level2))
        counter = f"{self.lab.counter},report={report},cache={caches}"
        libraries = (sysroot / "lib", *(system / root / "aarch64-linux-gnu" for root in ("lib", "usr/lib")))
        subprocess.run(
            (
                *(emulator(device.architecture), "-cpu", device.emulated_cpu, "-seed", SEED, "-L", str(sysroot)),
                *("-plugin", counter, str(system / "usr/bin/python3.11"), "-S", "-s", "-B", str(GUEST), *arguments),
            ),
            env={
                "PYTHONHOME": str(system / "usr"),
                "PYTHONPATH": str(ncnn / "ncnn"),
                "PYTHONHASHSEED": "0",
                "LD_LIBRARY_PATH": ":".join(map(str, (*libraries, ncnn / "ncnn.libs"))),
                "OMP_NUM_THREADS": "1",
            },
            pass_fds=(report,),
            capture_output=True,
            check=True,
        )


def measure(folder: Path, names: Sequence[str], networks: Sequence[str], tell: Callable[[str], None]) -> Measured:
    """Count every published network, or those named, on the devices named.

    What counts.toml in the folder has from the same tools is kept. An inference of a large network takes minutes.
    Raises LabMissing where nothing can be emulated, ValueError if published.toml is not what its source says.
    """
    lab, fetched = _lab(folder), fetch(folder / "fetched")
    check_published(fetched)
    bench, shapes = Bench(lab, fetched), fetched.input_shapes()
    path, tools = folder / "counts.toml", _tools()
    counts = _counted_by(tools, path)
    measured = Measured(tools=tools, counts=counts)
    for name in names:
        counted = counts.setdefault(name, {})
        for network in published()[name].least_ms:
            if network in counted or (networks and network not in networks):
                continue
            counted[network] = bench.inference(devices()[name], network, shapes[network])
            measured.write(path)
            tell(f"{name} {network} {counted[network]}")
    return measured


def check_published(fetched: Fetched) -> None:
    """Raises ValueError if published.toml differs from the source that it names."""
    for name, board in published().items():
        if fetched.least_ms(board.section) != board.least_ms:
            raise ValueError(f"published.toml: {name} differs from its source")


def _lab(folder: Path) -> Lab:
    require_tools(COMPILER, EMULATOR.format(architecture="aarch64"))
    lab = Lab(folder)
    folder.mkdir(parents=True, exist_ok=True)
    build_counter(lab.counter, "-DTRUSTED")
    for name in published():
        make_sysroot(lab, devices()[name])
    return lab


def _counted_by(tools: Tools, path: Path) -> dict[str, dict[str, tuple[int, int, int]]]:
    if not path.exists() or (earlier := Measured.read(path)).tools != tools:
        return {}
    return {name: dict(counted) for name, counted in earlier.counts.items()}


def _tools() -> Tools:
    counter = sha256((SOURCES / "plugin/count.c").read_bytes()).hexdigest()[:12]
    return Tools(ncnn=NCNN, qemu=version_of("qemu-aarch64"), counter=counter)
