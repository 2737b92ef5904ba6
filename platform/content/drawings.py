"""Diagrams: one SVG for both languages, with each word as a pair: `[[重み|weights]]`."""

import re
from functools import cache
from pathlib import Path

PAIR = re.compile(r"\[\[(.*?)\|(.*?)\]\]", re.DOTALL)
SIDE = {"ja": r"\1", "en": r"\2"}


@cache
def drawing(path: Path, language: str) -> str:
    """The SVG in one language, ready to stand in a page. Raises FileNotFoundError."""
    svg = PAIR.sub(SIDE[language], path.read_text("utf-8"))
    return svg[svg.index("<svg") :].replace("<svg", '<svg role="img"', 1)
