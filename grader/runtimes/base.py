"""What a runtime is to the grader. Runtimes are loaded only inside the sandbox, and only when a model needs one."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy.typing as npt

from grader.challenge import Items
from grader.errors import GraderError
from grader.sandbox.base import Lock
from grader.sandbox.limits import Limits


class Session(Protocol):
    """A loaded model, ready to answer."""

    batch: int | None
    """The batch size that the model insists on; None where any will do."""

    def run(self, batch: Items) -> npt.NDArray[Any]:
        """Outputs of one batch, on one thread."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What runs one format. module: whose tasks `inspect`, `infer` and `timing` run inside the sandbox.

    package: the distribution that it needs; one that is not installed here is our lack, not the candidate's.
    program: files of the format are code to their loader. Then `inspect` hands over another file that is run in place
    of the entry, and the module has `warm_up`, and `serve` instead of `timing`: only the parent's clock counts.
    processes: the fewest and the most that are timed.
    """

    name: str
    module: str
    package: str
    program: bool = False
    processes: tuple[int, int] = (5, 15)
    limits: Limits = field(default_factory=Limits)

    def caged(self) -> dict[str, Any]:
        """What a job that runs a model needs besides: fields of `grader.sandbox.base.Job`."""
        warm = {"lock": Lock.JIT, "warm_up": f"{self.module}:warm_up"} if self.program else {}
        return {"limits": self.limits, **warm}

    def version(self) -> str:
        """Version of the package, "" where it is not installed."""
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return ""

    def require(self) -> None:
        """Raise GraderError where the package is not installed: our lack, nothing is charged."""
        if not self.version():
            raise GraderError("runtime_missing", runtime=self.name, package=self.package)


RUNTIMES: Mapping[str, Runtime] = {
    "onnx": Runtime(name="ONNX Runtime", module="grader.runtimes.ort", package="onnxruntime"),
    "tflite": Runtime(name="LiteRT", module="grader.runtimes.litert", package="ai-edge-litert"),
    "pt2": Runtime(
        name="PyTorch",
        module="grader.runtimes.pytorch",
        package="torch",
        program=True,
        processes=(3, 7),  # a start takes six seconds of CPU time, most of it for imports
        limits=Limits(wall_s=300, cpu_s=120),
    ),
}
"""By format of the entry, which is the extension of its file."""


def task(model_format: str, name: str) -> str:
    """The `Job.task` that does `name` for a format. Raises KeyError for a format that no runtime reads."""
    return f"{RUNTIMES[model_format].module}:{name}"
