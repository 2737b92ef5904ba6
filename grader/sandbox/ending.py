"""What the parent knows about how a job ended, before anybody judges it."""

from dataclasses import dataclass
from enum import StrEnum

PRINT_LIMIT_BYTES = 16 << 20


class Stop(StrEnum):
    """Why the parent ended a job."""

    WALL = "wall"
    OUTPUT = "output"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The facts of one end. log: the head of what the job printed.

    data_peak_bytes: the most private memory that was seen, 0 where a cgroup counts (memory_peak_bytes) instead.
    """

    exit_code: int
    stop: Stop | None
    reason: str
    wall_s: float
    cpu_s: float
    memory_peak_bytes: int | None
    data_peak_bytes: int
    oom_kills: int
    log: bytes
