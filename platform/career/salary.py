"""What the work pays: salary.toml, and where a reader stands in it. Says no figure that the file does not carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from career.sources import sources
from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table

FILE = Path(__file__).parent / "salary.toml"
MILLION, TEN_THOUSAND, THOUSAND = 1_000_000, 10_000, 1_000


class Years(Table, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Years of experience. Without `to` the band is open."""

    from_: int
    to: int | None = None


class Band(Table, frozen=True, kw_only=True):
    """What a year pays on one rung."""

    id: str
    name: Bilingual
    years: Years
    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high:
            raise ValueError("a band needs 0 < low < high")

    def holds(self, years: float) -> bool:
        """True if this experience lies in the band, both ends included."""
        return self.years.from_ <= years and (self.years.to is None or years <= self.years.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What an offer depends on: experience, and the two things that raise it."""

    years: float
    shipped: bool
    knows_domain: bool


class Story(Table, frozen=True, kw_only=True):
    """One engineer's move."""

    before: int
    after: int


class Region(Table, frozen=True, kw_only=True):
    """The bands of one country, in one currency."""

    id: str
    name: Bilingual
    currency: Bilingual
    source: str
    as_of: int
    raising_domains: tuple[str, ...]
    band: tuple[Band, ...]
    story: Story | None = None

    def amount(self, value: int, language: str) -> str:
        """8000000 -> ¥8M, 800万円."""
        return amounts(self.currency, language, value)

    def range(self, band: Band, language: str) -> str:
        """¥8–10M, 800万〜1,000万円."""
        return amounts(self.currency, language, band.low, band.high)

    def bands_at(self, years: float) -> Sequence[Band]:
        """The bands that this experience lies in: two where one ends and the next begins, none before the first."""
        return [band for band in self.band if band.holds(years)]


class SalaryFile(Table, frozen=True, kw_only=True):
    """The whole of salary.toml."""

    region: tuple[Region, ...]


def amounts(currency: Bilingual, language: str, *values: int) -> str:
    """One amount or a range, in the largest unit that leaves no fraction away."""
    if language == "ja":
        unit, suffix, joint = (TEN_THOUSAND, "万", "〜") if fits(TEN_THOUSAND, values) else (1, "", "〜")
        return joint.join(f"{value // unit:,}{suffix}" for value in values) + currency.ja
    unit, suffix = next((u, s) for u, s in ((MILLION, "M"), (THOUSAND, "k"), (1, "")) if fits(u, values))
    return currency.en + "–".join(f"{value // unit:,}" for value in values) + suffix


def fits(unit: int, values: Sequence[int]) -> bool:
    """True if every value is a whole number of units."""
    return all(value % unit == 0 for value in values)


def years_text(years: Years) -> str:
    """1–3 years, 1〜3年; an open band says so."""
    if years.to is None:
        return _("%(first)s years or more") % {"first": years.from_}
    return _("%(first)s–%(last)s years") % {"first": years.from_, "last": years.to}


@cache
def regions() -> Mapping[str, Region]:
    """All regions by id, in the order of the file. Raises Broken."""
    return read_salary()


def read_salary(path: Path = FILE) -> Mapping[str, Region]:
    """Parse salary.toml. Raises Broken with file and line."""
    file = read_table(path, SalaryFile)
    for region in file.region:
        if region.source not in sources():
            line = line_naming(path.read_text("utf-8"), f'id = "{region.id}"', "source =")
            raise Broken(path, line, f"no source is called {region.source!r}")
    return {region.id: region for region in file.region}


def salary_figures(language: str) -> Mapping[str, str]:
    """What chapters may cite: the first region's bands, as text."""
    region = next(iter(regions().values()))
    figures = {f"salary.{band.id}": region.range(band, language) for band in region.band}
    figures |= {f"salary.{band.id}_years": years_text(band.years) for band in region.band}
    if region.story:
        figures["story.before"] = region.amount(region.story.before, language)
        figures["story.after"] = region.amount(region.story.after, language)
    return figures
