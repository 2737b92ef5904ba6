"""The cage in which an uploaded model is parsed and run. `open_sandbox()` gives one or refuses with a sentence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.sandbox.base import Sandbox


def open_sandbox() -> "Sandbox":
    """The sandbox of this machine. Raises SandboxUnavailable, with what is missing and the command that mends it."""
    from grader.sandbox import probe  # the child imports this package too, and needs none of the parent's modules

    return probe.open_sandbox()
