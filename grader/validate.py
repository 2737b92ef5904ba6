"""Cheap refusals before anything is parsed or queued: size, extension and the first bytes."""

from grader.challenge import Rules
from grader.entry import Entry
from grader.errors import EntryRejected

ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"Rar!", b"\x28\xb5\x2f\xfd")
FIRST_BYTES = {"onnx": (0, b"\x08"), "tflite": (4, b"TFL3")}
"""Format -> where and what: an ONNX file starts with field 1, its IR version, a flatbuffer has its name at 4."""


def validate(entry: Entry, rules: Rules) -> None:
    """Raise EntryRejected if the bytes cannot be an entry; being let through here promises nothing."""
    size = len(entry.data)
    if size == 0:
        raise EntryRejected("file_empty")
    if size > rules.max_bytes:
        raise EntryRejected("file_too_large", size_bytes=size, max_bytes=rules.max_bytes)
    if entry.data.startswith(ARCHIVES):
        raise EntryRejected("archive", formats=shown(rules.formats))
    if entry.extension not in rules.formats:
        raise EntryRejected("extension", found=entry.extension or "-", formats=shown(rules.formats))
    offset, magic = FIRST_BYTES[entry.extension]
    if not entry.data.startswith(magic, offset):
        raise EntryRejected("not_the_format", format=entry.extension)


def shown(formats: tuple[str, ...]) -> str:
    """The formats as file extensions, for people."""
    return ", ".join(f".{name}" for name in formats)
