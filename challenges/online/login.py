"""Which site the commands speak to, and with which token."""

import os
from pathlib import Path

import msgspec

from challenges.home import home, write_private

SITE_VARIABLE, TOKEN_VARIABLE = "KARUI_SITE", "KARUI_TOKEN"
HERE = "http://localhost:8000"


class Login(msgspec.Struct, frozen=True):
    """An address without a slash at its end, and a token for it."""

    site: str
    token: str


def path() -> Path:
    """Where a login is kept."""
    return home() / "login.json"


def keep(login: Login) -> None:
    """Remember it, in a file that only its owner may read. Raises OSError."""
    write_private(path(), msgspec.json.encode(login))


def forget() -> None:
    """Remember it no longer."""
    path().unlink(missing_ok=True)


def login() -> Login | None:
    """From the environment, as in CI, else the one that was kept. None if there is neither."""
    if token := os.environ.get(TOKEN_VARIABLE):
        return Login(os.environ.get(SITE_VARIABLE, HERE).rstrip("/"), token)
    try:
        return msgspec.json.decode(path().read_bytes(), type=Login)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
