"""The seccomp filters: described in `table.py`, kept in `bpf/` as the kernel takes them, compiled by `gen.py`."""

import platform
from importlib.resources import files

SECCOMP_SYSCALL = {"x86_64": 317, "aarch64": 277}
"""Machine -> number of the seccomp system call; also the machines that we have filters for."""


def bpf(name: str, machine: str = "") -> bytes:
    """The compiled filter `name` for `machine` (default: this one). Raises FileNotFoundError for a machine without."""
    return (files(__package__) / "bpf" / f"{machine or platform.machine()}-{name}.bpf").read_bytes()
