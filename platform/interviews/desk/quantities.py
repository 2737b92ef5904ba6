"""Quantities as engineers write them: 2.7 M, 64 KiB, 12 mW. Read and written here, nowhere else."""

import math
import re
import unicodedata

PREFIXES = {"T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "K": 1e3, "": 1.0, "m": 1e-3, "µ": 1e-6, "u": 1e-6}
BINARY = {"Ti": 2**40, "Gi": 2**30, "Mi": 2**20, "Ki": 2**10}
SCALES = {**PREFIXES, **BINARY, "ki": 2**10}
WRITTEN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)\s*(?P<prefix>[TGM]i?|[Kk]i|[kKmµu])?"
)
DIGITS = 4


def parsed(text: str, unit: str, bare_prefix: str = "") -> float:
    """A quantity in its base unit: "12 mW" -> 0.012, "64 KiB" -> 65536, "2.7e6" -> 2700000, "15 %" -> 0.15.

    unit: what may stand behind the number, or be left out. bare_prefix: meant where only a number stands.
    Raises ValueError for anything else.
    """
    tidy = unicodedata.normalize("NFKC", text).replace("μ", "µ").strip()
    if unit and tidy.endswith(unit):
        bare_prefix, tidy = "", tidy.removesuffix(unit).strip()
    found = WRITTEN.fullmatch(tidy)
    if not found:
        raise ValueError(f"{text!r} is no quantity")
    prefix = bare_prefix if found["prefix"] is None else found["prefix"]
    scale = SCALES[prefix] * (0.01 if unit == "%" else 1)
    return float(found["number"].replace(",", "")) * scale


def rounded(value: float, digits: int = DIGITS) -> str:
    """So many significant digits, without an exponent or trailing zeros: 0.01234567 -> 0.01235."""
    if not value:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def si(value: float, unit: str = "", digits: int = DIGITS) -> str:
    """With a decimal prefix: 2700000 -> 2.7 M; (0.0078, "W") -> 7.8 mW."""
    scale, prefix = next(
        ((scale, prefix) for prefix, scale in PREFIXES.items() if prefix not in ("K", "u") and value >= scale),
        (1e-6, "µ"),
    )
    if not value or (not unit and value < 1):
        scale, prefix = 1, ""
    return f"{rounded(value / scale, digits)} {prefix}{unit}".strip()


def size(value: float, digits: int = DIGITS) -> str:
    """Bytes with a binary prefix: 65536 -> 64 KiB."""
    scale, prefix = next(((scale, prefix) for prefix, scale in BINARY.items() if value >= scale), (1, ""))
    return f"{rounded(value / scale, digits)} {prefix}B"


def percent(fraction: float, digits: int = 3) -> str:
    """0.15 -> 15 %."""
    return f"{rounded(100 * fraction, digits)} %"


def rate(value: float, digits: int = 3) -> str:
    """12.5 -> 12.5 /s."""
    return f"{rounded(value, digits)} /s"


def plain(value: float) -> str:
    """4.0 -> 4."""
    return rounded(value)
