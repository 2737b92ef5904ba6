"""Where Karui keeps what belongs to this machine: data sets, measured baselines, the secret of the hidden split."""

import os
import secrets
from pathlib import Path

SECRET_VARIABLE = "KARUI_SPLIT_SECRET"  # noqa: S105 - the variable's name, not a secret


def home() -> Path:
    """KARUI_HOME, else ~/.karui. Nothing is created."""
    return Path(os.environ.get("KARUI_HOME") or Path.home() / ".karui").expanduser()


def split_secret() -> bytes:
    """What decides which items are hidden: from the environment, else from a file that is made at first use."""
    given = os.environ.get(SECRET_VARIABLE)
    if given:
        return given.encode()
    path = home() / "split-secret"
    if not path.exists():
        _create_secret(path)
    return path.read_bytes().strip()


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all, over whatever was there."""
    draft = _draft(path, data)
    draft.replace(path)


def _create_secret(path: Path) -> None:
    """Two processes may come here at once: a hard link is made only if no other is there, so the first one wins."""
    draft = _draft(path, secrets.token_hex(32).encode())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return draft
