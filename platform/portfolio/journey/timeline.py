"""What somebody has done, as far as it speaks for a skill: the newest first, and nothing about what they have not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from interviews.cards.mastery import SOURCE as CARDS
from portfolio.journey.past import Deed, Past, month_of
from skills.map import Skill, skill_map
from skills.models import Evidence, Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done: everything that one source says in one month. kind: None if it says nothing yet."""

    at: datetime
    deed: Deed
    kind: Kind | None
    shown: Sequence[tuple[Skill, int]]

    @property
    def month(self) -> date:
        """Under which it stands."""
        return month_of(self.at)


def timeline(evidence: Iterable[Evidence], past: Past) -> Sequence[Line]:
    """All lines. What is no longer there is left out, and so are skills that are gone."""
    said: dict[tuple[str, date], list[Evidence]] = defaultdict(list)
    for row in evidence:
        said[row.source, month_of(row.recorded_at)].append(row)
    for month in past.reviews:
        said.setdefault((CARDS, month), [])
    lines = (line(past.deed(source, month), rows) for (source, month), rows in said.items())
    return sorted(filter(None, lines), key=lambda one: one.at, reverse=True)


def line(deed: Deed | None, rows: Sequence[Evidence]) -> Line | None:
    """What a deed shows, the highest levels first. A level of 0, which says "not yet", is nothing to show."""
    if deed is None:
        return None
    known = skill_map()
    shown = [(known[row.skill], row.level) for row in rows if row.level and row.skill in known]
    return Line(
        at=deed.at or max(row.recorded_at for row in rows),
        deed=deed,
        kind=Kind(rows[0].kind) if rows else None,
        shown=sorted(shown, key=lambda one: -one[1]),
    )
