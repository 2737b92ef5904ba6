"""Images that carry their credential in them, as Open Badges 3.0 bakes it into SVG and PNG."""

import struct
import zlib

from portfolio.credentials.models import Credential
from portfolio.exports.cards import card

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
KEYWORD = b"openbadgecredential"
PNG_HEAD = 8 + 25
"""A PNG's signature and its first chunk, IHDR, behind which other chunks may stand."""
UNCOMPRESSED = bytes(5)
"""After a keyword: its end, no compression and no method, no language, no translated keyword."""


def baked_svg(credential: Credential, language: str) -> str:
    """The claim's card with the token as an attribute."""
    carrier = f'<openbadges:credential xmlns:openbadges="{NAMESPACE}" verify="{credential.signed}"/>'
    image, end, _ = str(card(credential.claim, language, "light")).rpartition("</svg>")
    return image + carrier + end


def baked_png(png: bytes, token: str) -> bytes:
    """A PNG with the token in a text chunk of its own."""
    said = KEYWORD + UNCOMPRESSED + token.encode()
    chunk = b"iTXt" + said
    whole = struct.pack(">I", len(said)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:PNG_HEAD] + whole + png[PNG_HEAD:]
