"""The machine on which figures were obtained, for the report."""

import importlib.metadata
import os
import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
TOLD_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")


def describe(backend: str) -> dict[str, str | int | float]:
    """CPU, kernel, versions, governor, load and stolen time at this moment; `backend` names the sandbox."""
    return {
        "cpu_model": _cpu_field("model name") or platform.processor(),
        "cpu_flags": " ".join(flag for flag in TOLD_FLAGS if flag in cpu_flags()),
        "cores": os.cpu_count() or 0,
        "kernel": platform.release(),
        "governor": GOVERNOR.read_text().strip() if GOVERNOR.exists() else "unknown",
        "load_1min": os.getloadavg()[0],
        "steal_ticks": _steal_ticks(),
        "python": platform.python_version(),
        "onnxruntime": importlib.metadata.version("onnxruntime"),
        "numpy": importlib.metadata.version("numpy"),
        "karui": importlib.metadata.version("karui"),
        "sandbox": backend,
    }


def cpu_flags() -> frozenset[str]:
    """Instruction sets that the first core reports; empty where the system does not say."""
    return frozenset((_cpu_field("flags") or _cpu_field("Features")).split())


def _cpu_field(name: str) -> str:
    if not CPUINFO.exists():
        return ""
    for line in CPUINFO.read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""


def _steal_ticks() -> int:
    """Clock ticks that the hypervisor gave to others since boot, the eighth figure of /proc/stat's first line."""
    stat = Path("/proc/stat")
    return int(stat.read_text().split("\n", 1)[0].split()[8]) if stat.exists() else 0
