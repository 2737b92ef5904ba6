"""The skill radar: an axis for each tier of the map, as far out as levels are reached in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from skills.map import TOP_LEVEL, SkillMap, Tier
from skills.standing import Standing

RADIUS, CENTRE_X, CENTRE_Y = 110, 260, 150  # the sides have room for labels
LABEL = 1.16  # of the radius
RINGS = 3


@dataclass(frozen=True, slots=True)
class Axis:
    """One tier. reached: levels, out of so many; x, y: where the label stands, and how it is aligned."""

    tier: Tier
    reached: int
    out_of: int
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Radar:
    """Everything that is drawn, in user units."""

    axes: Sequence[Axis]
    area: str
    rings: Sequence[str]
    width: int = 2 * CENTRE_X
    height: int = 2 * CENTRE_Y

    @classmethod
    def of(cls, skills: SkillMap, standings: Mapping[str, Standing]) -> "Radar":
        """Levels that evidence speaks for, over all levels of the tier."""
        counted = [
            (
                tier,
                sum(standings[skill.id].level for skill in members if skill.id in standings),
                TOP_LEVEL * len(members),
            )
            for tier, members in skills.by_tier()
        ]
        places = [place(n, len(counted), LABEL) for n in range(len(counted))]
        axes = [
            Axis(tier, reached, out_of, x, y, anchor_of(x))
            for (tier, reached, out_of), (x, y) in zip(counted, places, strict=True)
        ]
        return cls(
            axes=axes,
            area=polygon([axis.reached / axis.out_of for axis in axes]),
            rings=[polygon([ring / RINGS] * len(axes)) for ring in range(1, RINGS + 1)],
        )


def place(axis: int, of: int, out: float) -> tuple[float, float]:
    """A point on an axis, `out` times the radius from the centre; the first axis points upwards."""
    angle = 2 * pi * axis / of - pi / 2
    return round(CENTRE_X + out * RADIUS * cos(angle), 1), round(CENTRE_Y + out * RADIUS * sin(angle), 1)


def anchor_of(x: float) -> str:
    """How a label is aligned, so that it keeps off the drawing."""
    return "middle" if abs(x - CENTRE_X) < 1 else "start" if x > CENTRE_X else "end"


def polygon(outs: Sequence[float]) -> str:
    """The points of an SVG polygon."""
    return " ".join("{:g},{:g}".format(*place(axis, len(outs), out)) for axis, out in enumerate(outs))
