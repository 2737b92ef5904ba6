"""A bitstring status list (W3C): one bit for each credential, the first one in the highest bit of the first byte."""

import base64
import binascii
import gzip
import io
import zlib
from collections.abc import Iterable

BITS = 131_072
"""So many at least, says the specification, so that nobody can tell whose bit is looked at."""
MULTIBASE = "u"


def encode(raised: Iterable[int]) -> str:
    """The list with these bits raised. The same bits give the same text."""
    packed = bytearray(BITS // 8)
    for at in raised:
        packed[at // 8] |= 128 >> at % 8
    return MULTIBASE + base64.urlsafe_b64encode(gzip.compress(bytes(packed), mtime=0)).rstrip(b"=").decode()


def is_raised(encoded: str, at: int) -> bool:
    """Whether one bit is raised. Raises ValueError for what is no list, or none with such a bit."""
    try:
        with gzip.GzipFile(fileobj=_bytes(encoded)) as packed:
            bits = packed.read(BITS // 8)  # and no more, whatever was packed
    except (OSError, EOFError, zlib.error, binascii.Error) as broken:
        raise ValueError("no status list") from broken
    if not 0 <= at < 8 * len(bits):
        raise ValueError("no such bit")
    return bool(bits[at // 8] & 128 >> at % 8)


def _bytes(encoded: str) -> io.BytesIO:
    text = encoded.removeprefix(MULTIBASE)
    return io.BytesIO(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
