"""How much of the machine one sandboxed job may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings of one job. `core` pins it to a core that the worker owns; leave it None otherwise."""

    wall_s: float = 60
    cpu_s: int = 40
    memory_mib: int = 1024
    processes: int = 32
    tmp_mib: int = 64
    file_mib: int = 64
    log_kib: int = 64
    core: int | None = None
