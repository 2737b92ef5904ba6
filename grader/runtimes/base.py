"""What a runtime is to the grader. Runtimes are loaded only inside the sandbox, and only when a model needs one."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy.typing as npt

from grader.challenge import Items


class Session(Protocol):
    """A loaded model, ready to answer."""

    batch: int | None
    """The batch size that the model insists on; None where any will do."""

    def run(self, batch: Items) -> npt.NDArray[Any]:
        """Outputs of one batch, on one thread."""
        ...


MODULES: Mapping[str, str] = {"onnx": "grader.runtimes.ort"}
"""Format of the entry -> the module whose tasks `inspect`, `infer` and `timing` run inside the sandbox."""


def task(model_format: str, name: str) -> str:
    """The `Job.task` that does `name` for a format. Raises KeyError for a format that no runtime reads."""
    return f"{MODULES[model_format]}:{name}"
