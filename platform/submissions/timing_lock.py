"""What is timed is timed alone: one entry at a time on each machine, whatever runs there."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def alone_on_this_machine() -> Iterator[None]:
    """Wait until nothing else is timed here. The kernel gives the lock back when its holder dies."""
    with (settings.KARUI_HOME / "timing.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
