"""TOML into frozen values. A mistake is told with its line, which neither tomllib nor msgspec can do alone."""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from content.broken import Broken, line_of

T = TypeVar("T")
SYNTAX = re.compile(r"\(at line (\d+)")
WHERE = re.compile(r" - at `(.+)`$")
STEP = re.compile(r"\.(\w[\w-]*)|\[(\d+)\]")


def read_table(path: Path, kind: type[T]) -> T:
    """Parse one file. Raises Broken with the line on which it is wrong."""
    text = path.read_text("utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        found = SYNTAX.search(str(error))
        raise Broken(path, int(found[1]) if found else text.count("\n") + 1, str(error)) from error
    except msgspec.ValidationError as error:
        raise Broken(path, line_of_step(text, str(error)), str(error)) from error


def line_of_step(text: str, message: str) -> int:
    """The line that msgspec's path means: `$.skill[3].name` is a `name` behind the fourth `[[skill]]`."""
    found = WHERE.search(message)
    offset, table = 0, ""
    for key, number in STEP.findall(found[1] if found else ""):
        table = f"{table}.{key}" if table and key else table or key
        pattern = rf"^\[*(?:[\w.-]+\.)?{re.escape(key)}\b" if key else rf"^\[\[{re.escape(table)}\]\]"
        places = [at.start() for at in re.finditer(pattern, text[offset:], re.MULTILINE)]
        nth = int(number or 0)
        offset += places[nth] if nth < len(places) else 0
    return line_of(text, offset)
