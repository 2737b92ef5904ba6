"""What a sandbox is to the rest of the grader: a job goes in, an outcome comes out, nothing else crosses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from grader.errors import Params
from grader.sandbox.limits import Limits

if TYPE_CHECKING:
    from grader.sandbox.native import Native, NativeOutcome

Tensors = Mapping[str, npt.NDArray[Any]]
Bell = Callable[[str, Tensors, Tensors], None]


class Verdict(StrEnum):
    """How a job ended. Everything but OK and SANDBOX_FAILED is the candidate's model's doing."""

    OK = "ok"
    TIME_LIMIT_CPU = "time_limit_cpu"
    TIME_LIMIT_WALL = "time_limit_wall"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    CRASHED = "crashed"
    FORBIDDEN_ACTION = "forbidden_action"
    INVALID_MODEL = "invalid_model"
    PROTOCOL_ERROR = "protocol_error"
    TIMING_MISMATCH = "timing_mismatch"
    SANDBOX_FAILED = "sandbox_failed"


class Lock(StrEnum):
    """Which filter the child puts on itself after its imports, before it touches the model."""

    STRICT = "lock"  # no file is created, none is opened for writing, no page becomes executable
    SCRATCH = "lock_scratch"  # the same, but files may be written in the job's own /tmp
    JIT = "lock_jit"  # as STRICT, but pages may become executable: PyTorch compiles its kernels as it runs


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """An output array whose size the parent fixes beforehand."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the whole array."""
        return int(np.dtype(self.dtype).itemsize * np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One task for the child. `task` is "module:function" of our own code, which gets a `grader.sandbox.child.Call`.

    files: named bytes (models), shown read-only. tensors: arrays, shared read-only. outputs: arrays that the task
    fills, exact in size. blob_bytes: room for one free-form answer (a quantized model). arguments: JSON.

    warm_up: another "module:function" of ours, called before the lock: what a runtime imports or compiles only once.
    fresh: arrays that only the parent writes, also while the task runs. bell: called at each of the task's marks, while
    the task waits, with the mark's name, `fresh` and `outputs`; what it writes there the task finds when it goes on.
    """

    task: str
    files: Mapping[str, bytes] = field(repr=False)
    tensors: Tensors = field(default_factory=dict, repr=False)
    outputs: Mapping[str, ArraySpec] = field(default_factory=dict)
    fresh: Mapping[str, ArraySpec] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    blob_bytes: int = 0
    warm_up: str = ""
    bell: Bell | None = field(default=None, repr=False)
    lock: Lock = Lock.STRICT
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Mark:
    """The parent's own clocks when the child's mark `name` arrived: wall and the child's whole CPU time."""

    name: str
    wall_ns: int
    cpu_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the job took, by the parent's measure. memory_peak_bytes is None where no cgroup could say."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    start_s: float = 0.0
    memory_peak_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came out. `code` and `params` name the sentence for the candidate where the verdict is not OK.

    reply: the task's JSON answer (untrusted: convert it before use). log: what it printed, capped and escaped.
    """

    verdict: Verdict
    code: str = ""
    params: Params = field(default_factory=dict)
    reply: Any = None
    arrays: Tensors = field(default_factory=dict, repr=False)
    blob: bytes = field(default=b"", repr=False)
    marks: tuple[Mark, ...] = ()
    usage: Usage = field(default_factory=Usage)
    log: str = ""
    backend: str = ""


class Sandbox(Protocol):
    """A place where a job can do no harm."""

    backend: str

    def run(self, job: Job) -> Outcome:
        """Run one job to its end. Never raises for what the model did; the outcome says it."""
        ...

    def run_native(self, native: "Native") -> "NativeOutcome":
        """Run a program that is none of our tasks to its end. Never raises for what it did."""
        ...
