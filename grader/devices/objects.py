"""What an object file would bring into a program, read from its own tables and without trust in them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little endian
SECTIONS_AT, SECTIONS, SECTION = 40, struct.Struct("<HHH"), struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
CONTENTS, SYMBOL_TABLE, STRINGS, RELOCATIONS, NOTE, ZEROS, GROUP = 1, 2, 3, 4, 7, 8, 17
LINKER_OPTIONS, ADDRESSES_THAT_MATTER, RISCV_ATTRIBUTES = 0x6FFF4C01, 0x6FFF4C03, 0x70000003
ORDINARY_TYPES = {
    *(0, CONTENTS, SYMBOL_TABLE, STRINGS, RELOCATIONS, NOTE, ZEROS, GROUP),
    *(LINKER_OPTIONS, ADDRESSES_THAT_MATTER, RISCV_ATTRIBUTES),
}
LOADED, EXECUTABLE, WRITABLE = 2, 4, 1
ORDINARY_NAMES = (
    *(".text", ".rodata", ".data", ".bss", ".tdata", ".tbss", ".srodata", ".sdata", ".sbss"),
    *(".eh_frame", ".gcc_except_table", ".note.gnu.property"),
)
LOCAL, INDIRECT_FUNCTION, UNDEFINED = 0, 10, 0


class BrokenObject(ValueError):
    """No object file that a compiler would write."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section. link: the section of its names, for a symbol table."""

    name: str
    type: int
    flags: int
    start: int
    size: int
    link: int

    @property
    def is_ordinary(self) -> bool:
        """Whether it is code, data or a note, and not something that changes how a program starts."""
        if self.type not in ORDINARY_TYPES or (self.type == LINKER_OPTIONS and self.size):
            return False
        both = self.flags & (EXECUTABLE | WRITABLE) == EXECUTABLE | WRITABLE
        named = any(self.name == name or self.name.startswith(f"{name}.") for name in ORDINARY_NAMES)
        return not self.flags & LOADED or (named and not both)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol that is defined here."""

    name: str
    is_visible: bool
    is_indirect: bool


def sections(data: bytes) -> list[Section]:
    """Every section. Raises BrokenObject."""
    try:
        if not data.startswith(MAGIC):
            raise BrokenObject("not a 64-bit ELF file")
        at = struct.unpack_from("<Q", data, SECTIONS_AT)[0]
        size, count, names = SECTIONS.unpack_from(data, 58)
        if size != SECTION.size:
            raise BrokenObject("sections of another size")
        first = SECTION.unpack_from(data, at)
        rows = [SECTION.unpack_from(data, at + index * size) for index in range(count or first[5])]
        names_at = rows[names if names != 0xFFFF else first[6]][4]
        return [Section(_text(data, names_at + row[0]), row[1], row[2], row[4], row[5], row[6]) for row in rows]
    except (struct.error, IndexError, OverflowError) as error:
        raise BrokenObject(str(error)) from error


def symbols(data: bytes) -> Iterator[Symbol]:
    """Every symbol that is defined here, with those that other objects do not see. Raises BrokenObject."""
    found = sections(data)
    for table in (section for section in found if section.type == SYMBOL_TABLE):
        try:
            names_at = found[table.link].start
            rows = list(SYMBOL.iter_unpack(data[table.start : table.start + table.size]))
        except (struct.error, IndexError) as error:
            raise BrokenObject(str(error)) from error
        for name, info, _, section, _, _ in rows:
            if section != UNDEFINED:
                yield Symbol(_text(data, names_at + name), info >> 4 != LOCAL, info & 15 == INDIRECT_FUNCTION)


def _text(data: bytes, at: int) -> str:
    end = data.find(b"\0", at)
    if not 0 <= at <= end:
        raise BrokenObject("a name outside of the file")
    return data[at:end].decode("utf-8", "backslashreplace")
