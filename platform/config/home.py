"""Where one installation keeps its data, and the key that it signs with."""

import contextlib
import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from challenges.home import write_private

FOLDERS = ("", "broker", "broker/control", "media", "incoming", "static")


def make_home(path: Path) -> Path:
    """The data folder with the sub-folders that the site writes to, for its own user only."""
    for folder in FOLDERS:
        (path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_key(path: Path) -> str:
    """The key in `path`, made at the first start (mode 0600). Processes that start at once agree on one."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        write_private(draft, get_random_secret_key().encode())
        with contextlib.suppress(FileExistsError):  # a hard link is only made where nothing is: the first one wins
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text("ascii")
