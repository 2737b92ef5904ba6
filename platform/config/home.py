"""Where one installation keeps its data, and the key that it signs with."""

from pathlib import Path

from django.core.management.utils import get_random_secret_key

from challenges.secret_files import made_once

FOLDERS = ("", "broker", "broker/control", "media", "incoming", "static")


def make_home(path: Path) -> Path:
    """The data folder with the sub-folders that the site writes to, for its own user only."""
    for folder in FOLDERS:
        (path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_key(path: Path) -> str:
    """The key in `path`, made at the first start (mode 0600). Processes that start at once agree on one."""
    return made_once(path, lambda: get_random_secret_key().encode()).decode()
