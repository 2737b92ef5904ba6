"""Images that carry their credential in them, as Open Badges 3.0 bakes it into SVG and PNG."""

import struct
import zlib
from pathlib import Path

import typst

from portfolio.credentials.models import Credential
from portfolio.exports.cards import card
from portfolio.exports.pdf import fonts

TEMPLATE, PPI = Path(__file__).with_name("badge.typ"), 144
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


def baked_png(credential: Credential, language: str) -> bytes:
    """The claim's card as a PNG, with the token in a text chunk of its own."""
    svg = str(card(credential.claim, language, "light"))
    png = typst.compile(
        TEMPLATE, font_paths=fonts(), ignore_system_fonts=True, format="png", ppi=PPI, sys_inputs={"svg": svg}
    )
    return png[:PNG_HEAD] + text_chunk(KEYWORD + UNCOMPRESSED + credential.signed.encode()) + png[PNG_HEAD:]


def text_chunk(said: bytes) -> bytes:
    """A PNG's chunk of this text."""
    chunk = b"iTXt" + said
    return struct.pack(">I", len(said)) + chunk + struct.pack(">I", zlib.crc32(chunk))
