"""Cheap refusals before anything is parsed or queued: size, extension and the first bytes."""

import struct

from grader.entry import Entry
from grader.errors import EntryRejected
from grader.quantization.pt2 import archive

ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"Rar!", b"\x28\xb5\x2f\xfd")
FIRST_BYTES = {"onnx": (0, b"\x08"), "tflite": (4, b"TFL3"), "pt2": (0, b"PK\x03\x04")}
"""Format -> where and what: an ONNX file starts with field 1, its IR version, a flatbuffer has its name at 4."""

TEXTS = frozenset({"cpp"})
ARCHIVE_FORMATS = frozenset({"pt2"})
MEMBERS = 4096  # of such an archive; a network has a few for each layer
DIRECTORY_BYTES = 1 << 20
END_OF_DIRECTORY = b"PK\x05\x06"


def validate(entry: Entry, formats: tuple[str, ...], max_bytes: int) -> None:
    """Raise EntryRejected if the bytes cannot be an entry; being let through here promises nothing."""
    size = len(entry.data)
    if size == 0:
        raise EntryRejected("file_empty")
    if size > max_bytes:
        raise EntryRejected("file_too_large", size_bytes=size, max_bytes=max_bytes)
    if entry.data.startswith(ARCHIVES) and entry.extension not in ARCHIVE_FORMATS & set(formats):
        raise EntryRejected("archive", formats=shown(formats))
    if entry.extension not in formats:
        raise EntryRejected("extension", found=entry.extension or "-", formats=shown(formats))
    if entry.extension in TEXTS:
        check_text(entry)
        return
    offset, magic = FIRST_BYTES[entry.extension]
    if not entry.data.startswith(magic, offset):
        raise EntryRejected("not_the_format", format=entry.extension)
    if entry.extension in ARCHIVE_FORMATS:
        check_archive(entry.data, max_bytes)


def check_text(entry: Entry) -> None:
    """Raise EntryRejected for source that is no UTF-8."""
    try:
        entry.data.decode("utf-8")
    except UnicodeDecodeError:
        raise EntryRejected("not_text", format=entry.extension) from None


def check_archive(data: bytes, max_bytes: int) -> None:
    """Raise EntryRejected for an archive of too many members or one that expands beyond `max_bytes`.

    The last record says how many there are, so that a long list is refused before it is read. Nothing is unpacked.
    """
    at = data.rfind(END_OF_DIRECTORY)
    if at < 0 or len(data) < at + 22:
        raise EntryRejected("pt2_damaged")
    members, directory_bytes = struct.unpack_from("<HI", data, at + 10)
    if members > MEMBERS or directory_bytes > DIRECTORY_BYTES:
        raise EntryRejected("archive_members", members=members, limit=MEMBERS)
    with archive.opened(data) as opened:
        infos = opened.infolist()
    expanded = sum(info.file_size for info in infos)
    if len(infos) > MEMBERS or expanded > max_bytes:
        raise EntryRejected("archive_expands", expanded_bytes=expanded, max_bytes=max_bytes)


def shown(formats: tuple[str, ...]) -> str:
    """The formats as file extensions, for people."""
    return ", ".join(f".{name}" for name in formats)
