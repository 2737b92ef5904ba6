"""What is timed is timed alone: one entry at a time on each machine, on a core of its own where the worker has one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def alone_on_this_machine() -> Iterator[None]:
    """Wait until nothing else is timed here. The kernel gives the lock back when its holder dies."""
    with (settings.KARUI_HOME / "timing.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with on_its_core():
            yield


@contextmanager
def on_its_core() -> Iterator[None]:
    """Keep this thread, and the processes that it starts, on the core that the worker owns; on any if it owns none."""
    if settings.TIMING_CORE is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {settings.TIMING_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
