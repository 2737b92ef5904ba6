"""What a candidate handed in."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One uploaded model: its bytes, and the file name only for its extension."""

    name: str
    data: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Entry":
        """Load an entry from disk. Raises OSError."""
        return cls(path.name, path.read_bytes())

    @property
    def extension(self) -> str:
        """Lower-case extension without the dot, "" if there is none."""
        return Path(self.name).suffix.lower().removeprefix(".")

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the bytes as they were handed in."""
        return hashlib.sha256(self.data).hexdigest()
