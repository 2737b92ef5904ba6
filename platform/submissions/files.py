"""The bytes that people hand in, kept under their digest. No page serves them, so they stay private."""

import time
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from grader.entry import Entry

if TYPE_CHECKING:
    from submissions.work import Kept

EVALUATED = "evaluated"
ABANDONED_AFTER_S = 3600  # no upload of the size that we take lasts so long


def keep(entry: Entry, upload: "File[bytes]") -> None:
    """Store an entry, unless the same bytes are there already, whoever handed them in. Raises OSError."""
    if is_whole(entry):
        return
    forget([entry.sha256])  # a part that a crash has left would give its name away
    upload.seek(0)
    try:
        default_storage.save(path_of(entry.sha256), upload)
    except OSError:
        if not is_whole(entry):
            forget([entry.sha256])
        raise


def is_whole(entry: Entry) -> bool:
    """Whether all of it is stored."""
    path = path_of(entry.sha256)
    return default_storage.exists(path) and default_storage.size(path) == len(entry.data)


def load(row: "Kept") -> Entry:
    """Read back what was handed in. Raises OSError if it is gone, ValueError if it is no longer what it was."""
    with default_storage.open(path_of(row.sha256)) as file:
        entry = Entry(row.file_name, file.read())
    if entry.sha256 != row.sha256:
        raise ValueError(f"stored entry {row.sha256} is damaged")
    return entry


def stored(sha256: str) -> "File[Any]":
    """The entry with this digest, as it is stored. Raises FileNotFoundError."""
    return default_storage.open(path_of(sha256))


def forget(digests: Iterable[str]) -> None:
    """Remove entries."""
    for sha256 in digests:
        default_storage.delete(path_of(sha256))


def keep_evaluated(key: UUID, evaluated: bytes) -> None:
    """Store what the evaluation of a submission found, until it is timed. Two workers at one row find the same."""
    forget_evaluated([key])
    default_storage.save(path_of_evaluated(key), ContentFile(evaluated))


def load_evaluated(key: UUID) -> bytes:
    """Read it back. Raises OSError if it is gone."""
    with default_storage.open(path_of_evaluated(key)) as file:
        return bytes(file.read())


def evaluated() -> set[UUID]:
    """The submissions of which it is there."""
    try:
        _, names = default_storage.listdir(EVALUATED)
    except FileNotFoundError:
        return set()
    return {UUID(PurePath(name).stem) for name in names}


def forget_evaluated(keys: Iterable[UUID]) -> None:
    """Remove it."""
    for key in keys:
        default_storage.delete(path_of_evaluated(key))


def path_of_evaluated(key: UUID) -> str:
    """Where the storage keeps what the evaluation of a submission found."""
    return f"{EVALUATED}/{key}.npz"


def path_of(sha256: str) -> str:
    """Where the storage keeps the entry with this digest."""
    return f"entries/{sha256[:2]}/{sha256}"


def sweep_abandoned() -> None:
    """Remove what broken uploads left behind: a web process that is killed cannot do so itself."""
    for draft in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if time.time() - draft.stat().st_mtime > ABANDONED_AFTER_S:
            draft.unlink(missing_ok=True)
