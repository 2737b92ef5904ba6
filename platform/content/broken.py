"""A mistake in a content file, and where it is."""

from collections.abc import Callable
from pathlib import Path

from django.core.checks import CheckMessage, Error

ROOT = Path(__file__).resolve().parents[2]


class Broken(Exception):
    """A content file says something that cannot be. `line` counts from 1."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{shown(path)}:{line}: {reason}")
        self.path, self.line, self.reason = path, line, reason


def shown(path: Path) -> str:
    """A file as an author finds it, nothing about this machine."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def line_of(text: str, offset: int) -> int:
    """The line, from 1, on which a character stands."""
    return text.count("\n", 0, offset) + 1


def line_naming(text: str, *words: str) -> int:
    """The line on which the last of these words is first found, each sought behind the one before. Else the nearest."""
    offset = 0
    for word in words:
        found = text.find(word, offset)
        offset = found if found >= 0 else offset
    return line_of(text, offset)


def found_by(*readers: Callable[[], object], id: str) -> list[CheckMessage]:
    """Read everything; what is broken becomes an error of `manage.py check`."""
    errors: list[CheckMessage] = []
    for read in readers:
        try:
            read()
        except Broken as broken:
            errors.append(Error(str(broken), id=id))
    return errors
