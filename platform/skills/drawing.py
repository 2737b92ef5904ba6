"""Where the boxes and lines of the skill map go: a column for each tier, a line for each prerequisite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skills.map import TOP_LEVEL, Skill, SkillMap
from skills.standing import Standing

BOX_WIDTH = 188
BOX_HEIGHT = 52
COLUMN = 232
ROW = 68
HEAD = 40
MARGIN = 22


@dataclass(frozen=True, slots=True)
class Box:
    """One skill. `dots` tell for each level whether it is reached."""

    skill: Skill
    x: float
    y: float
    standing: Standing | None
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def left(self) -> str:
        """Where lines of prerequisites arrive."""
        return f"{self.x:g} {self.y + BOX_HEIGHT / 2:g}"

    @property
    def right(self) -> str:
        """Where lines to what comes next leave."""
        return f"{self.x + BOX_WIDTH:g} {self.y + BOX_HEIGHT / 2:g}"

    @property
    def dots(self) -> Sequence[tuple[float, float, bool]]:
        """(x, y, reached) of each level."""
        level = self.standing.level if self.standing else 0
        return [(self.x + 16 + 13 * n, self.y + BOX_HEIGHT - 13, n < level) for n in range(TOP_LEVEL)]

    @property
    def text(self) -> tuple[float, float]:
        """Where the name begins."""
        return self.x + 12, self.y + 22


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """The whole map, in user units. With each box come the lines from its prerequisites."""

    columns: Sequence[tuple[float, str]]
    boxes: Sequence[tuple[Box, Sequence[str]]]
    width: int
    height: int

    @classmethod
    def of(cls, skills: SkillMap, standings: Mapping[str, Standing], language: str) -> "MapDrawing":
        """Lay the map out. `standings` are the reader's, by skill."""
        tiers = skills.by_tier()
        height = HEAD + ROW * max(len(members) for _, members in tiers)
        boxes = {
            skill.id: Box(skill, MARGIN + COLUMN * column, top(row, len(members), height), standings.get(skill.id))
            for column, (_, members) in enumerate(tiers)
            for row, skill in enumerate(members)
        }
        return cls(
            columns=[(MARGIN + COLUMN * column, tier.name[language]) for column, (tier, _) in enumerate(tiers)],
            boxes=[(box, [line(boxes[need], box) for need in box.skill.needs]) for box in boxes.values()],
            width=2 * MARGIN + COLUMN * (len(tiers) - 1) + BOX_WIDTH,
            height=height,
        )


def top(row: int, rows: int, height: int) -> float:
    """The upper edge of a box: columns are centred."""
    return HEAD + (height - HEAD - ROW * rows) / 2 + ROW * row


def line(need: Box, box: Box) -> str:
    """The path from a prerequisite to what needs it. Inside a column it goes around the left side."""
    if need.x == box.x:
        bulge = f"{need.x - MARGIN:g}"
        return f"M{need.left}C{bulge} {need.y + BOX_HEIGHT / 2:g} {bulge} {box.y + BOX_HEIGHT / 2:g} {box.left}"
    middle = f"{(need.x + BOX_WIDTH + box.x) / 2:g}"
    return f"M{need.right}C{middle} {need.y + BOX_HEIGHT / 2:g} {middle} {box.y + BOX_HEIGHT / 2:g} {box.left}"
