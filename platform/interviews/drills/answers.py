"""A number and a unit out of what a reader typed. Nothing of it is ever evaluated.

The number is matched by a pattern and the unit looked up in a table of spellings; only then does pint, with a registry
of the few units that problems ask for, convert between them.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from pint import UnitRegistry

LONGEST = 60  # characters
NUMBER = re.compile(
    r"(?P<mantissa>[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+))"
    r"(?:e(?P<e>[+-]?\d{1,3})|\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*(?P<power>[+-]?\d{1,3}))?"
    r"\s*(?P<unit>[^\d\s.,].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
POWER = re.compile("10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")  # NFKC alone would make 103 of 10³
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
MINUS = str.maketrans("−‐‑–—ー", "------")

PREFIXES = {
    "m": ("milli", 1e-3),
    "µ": ("micro", 1e-6),
    "u": ("micro", 1e-6),
    "k": ("kilo", 1e3),
    "K": ("kilo", 1e3),
    "M": ("mega", 1e6),
    "G": ("giga", 1e9),
    "T": ("tera", 1e12),
    "Ki": ("kibi", 2**10),
    "Mi": ("mebi", 2**20),
    "Gi": ("gibi", 2**30),
}
UNITS = """
second = [time]
hour = 3600 * second
joule = [energy]
watt = joule / second
watt_hour = watt * hour
byte = [information]
bit = byte / 8
mac = [work]
percent = [share]
decibel = [level]
frame = [image]
"""
FAMILIES = (
    ("m µ u", {"s": "second", "sec": "second", "秒": "second"}),
    ("m µ u k M", {"J": "joule", "W": "watt", "Wh": "watt_hour"}),
    ("k K M G Ki Mi Gi", {"B": "byte", "byte": "byte", "bytes": "byte", "bit": "bit", "bits": "bit"}),
    ("k K M G T", {"MAC": "mac", "MACs": "mac"}),
)
OTHERS = {
    "ミリ秒": "millisecond",
    "マイクロ秒": "microsecond",
    "h": "hour",
    "hour": "hour",
    "hours": "hour",
    "時間": "hour",
    "バイト": "byte",
    "ビット": "bit",
    "kib": "kibibyte",
    "mib": "mebibyte",
    "gib": "gibibyte",
    "MAC/B": "mac/byte",
    "MACs/B": "mac/byte",
    "MAC/byte": "mac/byte",
    "%": "percent",
    "points": "percent",
    "point": "percent",
    "pt": "percent",
    "ポイント": "percent",
    "dB": "decibel",
    "fps": "frame/second",
}
TIMES = frozenset({"×", "x", "倍"})
MULTIPLES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "million": 1e6, "百万": 1e6, "万": 1e4, "億": 1e8}


def read(text: str, unit: str) -> float:
    """The value in `unit`, which a bare number is taken to have. Raises ValidationError with a sentence."""
    found = NUMBER.fullmatch(cleaned(text)) if len(text) <= LONGEST else None
    if not found:
        raise ValidationError(_("Write one number, such as 1234.5, 1,234.5 or 1.2e3. A unit may follow it."))
    value = float(found["mantissa"].replace(",", "") + "e" + (found["e"] or found["power"] or "0"))
    if not math.isfinite(value):
        raise ValidationError(_("The number is too large."))
    spelt = re.sub(r"\s+", "", found["unit"] or "")
    return value * factor(spelt, unit) if spelt else value


def cleaned(text: str) -> str:
    """One way of writing it: half width, powers behind a ^, one kind of minus, the micro sign."""
    text = POWER.sub(lambda found: "10^" + found[1].translate(RAISED), text)
    return unicodedata.normalize("NFKC", text).translate(MINUS).replace("μ", "µ").strip()


def factor(spelt: str, unit: str) -> float:
    """What turns a number in the unit that was typed into one in the unit that is asked for.

    Raises ValidationError if the unit is none that we know, or measures something else.
    """
    if spelt in TIMES and not unit:
        return 1.0
    if spelt in MULTIPLES and (base := multiple(unit)):
        return MULTIPLES[spelt] / base
    if spelt not in spellings():
        raise ValidationError(_("We do not know the unit “%(unit)s”."), params={"unit": spelt})
    quantity = registry().Quantity(1.0, spellings()[spelt])
    wanted = registry().Unit(spellings().get(unit, ""))
    if not quantity.is_compatible_with(wanted):
        raise ValidationError(
            _("“%(unit)s” is a unit of something else. The answer is asked for in %(wanted)s."),
            params={"unit": spelt, "wanted": shown(unit) or _("a number without a unit")},
        )
    return float(quantity.to(wanted).magnitude)


def multiple(unit: str) -> float:
    """How many things the asked unit counts: 1e6 for MMAC and M, 1 for MAC and no unit. 0 if nothing is counted."""
    prefix = unit.removesuffix("MAC")
    return MULTIPLES.get(prefix, 0.0) if prefix else 1.0


def shown(unit: str) -> str:
    """The unit as it stands beside a field."""
    return {"points": _("percentage points"), "M": _("million")}.get(unit, unit)


@cache
def spellings() -> Mapping[str, str]:
    """Our names of units, by how readers write them."""
    found = dict(OTHERS)
    for prefixes, names in FAMILIES:
        for name, full in names.items():
            found[name] = full
            found |= {prefix + name: PREFIXES[prefix][0] + full for prefix in prefixes.split()}
    return found


@cache
def registry() -> "UnitRegistry[float]":
    """Pint with our units alone. Imported here, so that only who answers waits for it."""
    from pint import UnitRegistry

    known: UnitRegistry[float] = UnitRegistry(None)
    known.load_definitions([f"{name}- = {factor}" for name, factor in {*PREFIXES.values()}])
    known.load_definitions(UNITS.strip().splitlines())
    return known
