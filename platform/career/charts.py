"""Where the marks of the salary chart go. The template draws them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from career.salary import Band, Placement, Region, years_text

WIDTH, HEIGHT = 680, 440
LEFT, RIGHT, TOP, BOTTOM = 92, 16, 16, 52
BEYOND_YEARS = 3  # how far the open band is drawn
STEPS = 7  # about so many labels on the axis of amounts


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps [low, high] onto pixels from `start` to `end`, in user units."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies, kept inside."""
        inside = min(max(value, self.low), self.high)
        return round(self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandBox:
    """One band as a rectangle: years across, amounts upwards."""

    band: Band
    years: str
    amounts: str
    is_here: bool
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Where its label stands."""
        return round(self.x + self.width / 2, 1), round(self.y + self.height / 2, 1)

    @property
    def arrow(self) -> str:
        """Upwards inside the band, along its right edge: an offer that is raised, by an amount nobody states."""
        x, top, foot = self.x + self.width - 12, self.y + 8, self.y + self.height - 8
        return f"M{x:g} {foot:g}V{top:g}m-6 7l6 -7l6 7"


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SalaryChart:
    """The bands of a region, and the reader's place among them."""

    region: Region
    boxes: Sequence[BandBox]
    years: Sequence[Tick]
    amounts: Sequence[Tick]
    story: tuple[str, str] | None
    placement: Placement | None
    reader_x: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    middle: int = (LEFT + WIDTH - RIGHT) // 2
    foot: int = HEIGHT - BOTTOM

    @classmethod
    def of(cls, region: Region, placement: Placement | None, language: str) -> "SalaryChart":
        """Lay out a region's bands."""
        x = Axis(0, region.band[-1].years.from_ + BEYOND_YEARS, LEFT, WIDTH - RIGHT)
        step = tick_step(region)
        y = Axis(
            (min(band.low for band in region.band) // step - 1) * step,
            (max(band.high for band in region.band) // step + 1) * step,
            HEIGHT - BOTTOM,
            TOP,
        )
        here = region.bands_at(placement.years) if placement else []
        return cls(
            region=region,
            boxes=[box(region, band, band in here, x, y, language) for band in region.band],
            years=[Tick(x.at(year), str(year)) for year in range(int(x.high) + 1)],
            amounts=[
                Tick(y.at(value), region.amount(value, language)) for value in range(int(y.low), int(y.high) + 1, step)
            ],
            story=story(region, language),
            placement=placement,
            reader_x=x.at(placement.years) if placement else None,
        )

    @property
    def here(self) -> Sequence[BandBox]:
        """The bands that the reader's experience lies in."""
        return [one for one in self.boxes if one.is_here]

    @property
    def raised(self) -> Sequence[str]:
        """What of the reader's raises an offer, by name."""
        found = self.placement
        return [name for name in ("shipped", "knows_domain") if found and getattr(found, name)]


def story(region: Region, language: str) -> tuple[str, str] | None:
    """What one engineer earned before and after, as text."""
    told = region.story
    return (region.amount(told.before, language), region.amount(told.after, language)) if told else None


def tick_step(region: Region) -> int:
    """A round step between labels: one, two or five of a power of ten."""
    rough = max(band.high for band in region.band) / STEPS / 2
    power: int = 10 ** (len(str(int(rough))) - 1)
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def box(region: Region, band: Band, is_here: bool, x: Axis, y: Axis, language: str) -> BandBox:
    """Lay out one band."""
    left, right = x.at(band.years.from_), x.at(x.high if band.years.to is None else band.years.to)
    return BandBox(
        band=band,
        years=years_text(band.years),
        amounts=region.range(band, language),
        is_here=is_here,
        x=left,
        y=y.at(band.high),
        width=round(right - left, 1),
        height=round(y.at(band.low) - y.at(band.high), 1),
    )
