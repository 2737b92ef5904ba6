"""One user id per running job, so that jobs of a root grader can neither signal, trace nor starve each other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import SandboxUnavailable

FOLDER = Path("/run/karui-sandbox")
FIRST_UID = 61184  # systemd's range for users that live as long as a service: no account has them
SLOTS = 64


@contextmanager
def slot_uid(folder: Path = FOLDER) -> Iterator[int]:
    """A user id that no other job on this machine has now. The kernel frees the slot when its holder dies."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SandboxUnavailable("sandbox_failed", detail=str(error)) from error
    for slot in range(SLOTS):
        fd = os.open(folder / str(slot), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            continue
        try:
            yield FIRST_UID + slot
        finally:
            os.close(fd)
        return
    raise SandboxUnavailable("sandbox_busy", slots=SLOTS)
