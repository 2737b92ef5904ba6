"""How bytes cross the wall: sealed memfds made by the parent, never a path.

Input is sealed against writing; output has exactly the size that the job allows, and the kernel keeps it there; fresh
can be written through the parent's own mapping, which was there before its seal, and by nobody else.
"""

import fcntl
import mmap
import os
from io import FileIO

from grader.sandbox.base import Job
from grader.sandbox.layout import Layout, pieces

SEAL_SIZE = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
SEAL_FUTURE_WRITE = 0x0010  # <linux/fcntl.h>; Python 3.11 has no name for it
SEAL_ALL = SEAL_SIZE | fcntl.F_SEAL_WRITE


def input_memfd(job: Job, layout: Layout) -> FileIO:
    """A sealed, read-only memfd with the job's files and tensors."""
    memfd = _memfd("karui-input", layout.input_bytes)
    for offset, piece in pieces(job, layout):
        _write(memfd.fileno(), piece, offset)
    fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, SEAL_ALL)
    return memfd


def output_memfd(size_bytes: int) -> FileIO:
    """A memfd of exactly the size that the answers may have."""
    memfd = _memfd("karui-output", size_bytes)
    fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, SEAL_SIZE)
    return memfd


def fresh_memfd(layout: Layout) -> tuple[FileIO, mmap.mmap]:
    """A memfd that from now on only the returned mapping can write."""
    memfd = _memfd("karui-fresh", layout.fresh_bytes)
    ours = mmap.mmap(memfd.fileno(), layout.fresh_bytes)
    fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, SEAL_SIZE | SEAL_FUTURE_WRITE)
    return memfd, ours


def bytes_memfd(name: str, content: bytes) -> FileIO:
    """A sealed memfd that holds `content`, positioned at its start."""
    memfd = _memfd(name, len(content))
    _write(memfd.fileno(), memoryview(content), 0)
    fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, SEAL_ALL)
    return memfd


def _memfd(name: str, size_bytes: int) -> FileIO:
    memfd = FileIO(os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "r+")
    os.ftruncate(memfd.fileno(), size_bytes)
    return memfd


def _write(fd: int, content: memoryview, offset: int) -> None:
    while content:
        written = os.pwrite(fd, content, offset)
        content, offset = content[written:], offset + written


def read(memfd: FileIO, offset: int, size_bytes: int) -> bytes:
    """Bytes of a memfd; shorter than asked only past its end."""
    parts = []
    while size_bytes and (part := os.pread(memfd.fileno(), size_bytes, offset)):
        parts.append(part)
        offset, size_bytes = offset + len(part), size_bytes - len(part)
    return b"".join(parts)
