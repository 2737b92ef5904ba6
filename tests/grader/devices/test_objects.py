"""An object file is read without trust in it."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.devices.compiler import Compiled, check_object
from grader.devices.objects import MAGIC, SECTION, BrokenObject, sections, symbols
from grader.errors import EntryRejected

HEADER = 64


def object_file(section_type: int = 1, flags: int = 2, name: bytes = b".text") -> bytes:
    """An object with one section besides that of the names."""
    names = b"\0" + name + b"\0"
    table_at = HEADER + len(names)
    head = bytearray(MAGIC.ljust(HEADER, b"\0"))
    struct.pack_into("<Q", head, 40, table_at)
    struct.pack_into("<HHH", head, 58, SECTION.size, 2, 0)
    rows = (0, 3, 0, 0, HEADER, len(names), 0, 0, 1, 0), (1, section_type, flags, 0, HEADER, 0, 0, 0, 1, 0)
    return bytes(head) + names + b"".join(SECTION.pack(*row) for row in rows)


@pytest.mark.parametrize(
    ("data", "ordinary"),
    [
        (object_file(), True),
        (object_file(name=b".rodata.str1.1"), True),
        (object_file(name=b".init_array"), False),
        (object_file(name=b".textual"), False),
        (object_file(section_type=14), False),
        (object_file(flags=2 | 4 | 1), False),
        (object_file(name=b".comment", flags=0), True),
    ],
)
def test_code_and_data_are_ordinary_and_nothing_else(data: bytes, ordinary: bool) -> None:
    assert sections(data)[1].is_ordinary is ordinary


@given(st.binary(max_size=300), st.integers(0, 300))
def test_no_bytes_break_more_than_the_reading(noise: bytes, at: int) -> None:
    data = bytearray(object_file(section_type=2))
    data[at : at + len(noise)] = noise

    for content in (noise, MAGIC + noise, bytes(data)):
        with contextlib.suppress(BrokenObject):
            list(symbols(content))


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(EntryRejected, match="kernel_foreign_section"):
        check_object(Compiled(b"!<arch>\n", ""), "kernel")
