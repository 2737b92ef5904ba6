"""Secrets that a machine makes for itself at their first use, each in a file of its own."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from challenges.home import write_private


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What is in a file that only its owner may read, which is made if it is not there.

    Two processes may come here at once: a hard link is made only if no other is there, so the first one wins.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write_private(draft, make())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_bytes()
