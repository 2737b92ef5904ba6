"""The zip archive that a .pt2 file is, opened as data. Whatever is wrong with its bytes is the file's fault."""

import io
import struct
import zipfile
import zlib
from typing import TypeVar

import msgspec

from grader.errors import EntryRejected

T = TypeVar("T")

PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # what torch reads
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OverflowError, RuntimeError, ValueError)
"""What zipfile raises for the bytes of an archive, which has no common base: encrypted or of a later version
(RuntimeError), names that are no text or places before the file's beginning (ValueError), places beyond every file
(OverflowError), and what is cut off or changed (the others).
"""


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive with its directory read. Raises EntryRejected where that cannot be."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except UNREADABLE as error:
        raise EntryRejected("pt2_damaged") from error


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of one member. Raises EntryRejected where there is none or it cannot be unpacked."""
    member = archive.NameToInfo.get(name)
    if member is None or member.compress_type not in PACKINGS:
        raise EntryRejected("pt2_damaged")
    try:
        return archive.read(member)
    except UNREADABLE as error:
        raise EntryRejected("pt2_damaged") from error


def decoded(text: bytes, form: type[T]) -> T:
    """JSON as `form`. Raises EntryRejected where it is no JSON, is nested too deeply or has another form."""
    try:
        return msgspec.json.decode(text, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EntryRejected("pt2_damaged") from error
