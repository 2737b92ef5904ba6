"""The machine that `karui worker` runs on: which device of the lab it is, and what its figures hang on."""

from collections.abc import Mapping
from pathlib import Path

from grader.devices.targets import Device, devices
from grader.measure import environment

SYSTEM = Path("/")
BOARDS = [name for name, device in devices().items() if device.part]
"""The devices of which a machine can be told by its processor."""
CLOCKS = "sys/devices/system/cpu/cpu0/cpufreq"


def parts() -> str:
    """The kinds of cores as Linux names them; several where they differ, none where it is no Arm processor."""
    lines = _read("proc/cpuinfo").splitlines()
    return " ".join(sorted({line.partition(":")[2].strip() for line in lines if line.startswith("CPU part")}))


def is_a(device: Device) -> bool:
    """Whether all cores of this machine are those of the device."""
    return parts() == device.part


def described(sandbox: str) -> Mapping[str, str]:
    """What a reader of a figure wants to know of the board, as far as it tells."""
    told = {
        **environment.describe(sandbox),
        "board": _read("proc/device-tree/model").strip("\0\n"),
        "cpu_part": parts(),
        "governor": _read(f"{CLOCKS}/scaling_governor").strip(),
        "clock_mhz": _mhz("scaling_cur_freq"),
        "highest_clock_mhz": _mhz("cpuinfo_max_freq"),
    }
    return {name: str(value) for name, value in told.items() if value != ""}


def _mhz(name: str) -> str:
    khz = _read(f"{CLOCKS}/{name}").strip()
    return str(int(khz) // 1000) if khz.isdigit() else ""


def _read(path: str) -> str:
    try:
        return (SYSTEM / path).read_text("utf-8", "replace")
    except OSError:
        return ""
