"""Where a person stands: levels, derived from evidence each time they are asked for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.timezone import now

from accounts.models import User
from skills.map import skill_map
from skills.models import Evidence, Kind, strongest

INVENTORY = "inventory"
SESSION_KEY = "declared"


@dataclass(frozen=True, slots=True)
class Standing:
    """One skill of one person: the level that counts, the kind of evidence behind it, and all there is."""

    level: int
    kind: Kind
    evidence: Sequence[Evidence]

    @property
    def is_measured(self) -> bool:
        """True if a graded submission stands behind the level."""
        return self.kind == Kind.MEASURED


def standings(evidence: Iterable[Evidence]) -> Mapping[str, Standing]:
    """The standing in every skill that something speaks for, by its present id. Skills that are gone are left out."""
    by_skill: dict[str, list[Evidence]] = defaultdict(list)
    known = skill_map()
    for row in evidence:
        if row.skill in known:
            by_skill[known[row.skill].id].append(row)
    return {skill: standing(rows) for skill, rows in by_skill.items()}


def standing(rows: Sequence[Evidence]) -> Standing:
    """What counts in one skill."""
    best = strongest(rows)
    return Standing(best.level, Kind(best.kind), rows)


def evidence_of(request: HttpRequest) -> Sequence[Evidence]:
    """What speaks for the reader: rows of the account, or what a visitor declared in this browser."""
    if request.user.is_authenticated:
        return list(Evidence.objects.of(request.user))
    return declared_in(request.session)


def standings_of(request: HttpRequest) -> Mapping[str, Standing]:
    """Where the reader stands."""
    return standings(evidence_of(request))


def declare(request: HttpRequest, levels: Mapping[str, int]) -> None:
    """Keep what the reader says of themselves: in the account, or in the session until there is one."""
    at = now()
    if request.user.is_authenticated:
        Evidence.objects.record(declaration(skill, level, at, request.user) for skill, level in levels.items())
        return
    said = {skill: {"level": level, "at": at.isoformat()} for skill, level in levels.items()}
    request.session[SESSION_KEY] = request.session.get(SESSION_KEY, {}) | said


def declared_levels(request: HttpRequest) -> Mapping[str, int]:
    """What the reader said of themselves, by skill; not what was practised or measured since."""
    declared = standings(row for row in evidence_of(request) if row.kind == Kind.DECLARED)
    return {skill: standing.level for skill, standing in declared.items()}


def declared_in(session: SessionBase, owner: User | None = None) -> Sequence[Evidence]:
    """A visitor's declarations as evidence, which is nobody's yet if no owner is given."""
    said = session.get(SESSION_KEY, {}).items()
    return [declaration(skill, word["level"], datetime.fromisoformat(word["at"]), owner) for skill, word in said]


def declaration(skill: str, level: int, at: datetime, owner: User | None) -> Evidence:
    """One row of the inventory."""
    return Evidence(owner=owner, skill=skill, kind=Kind.DECLARED, source=INVENTORY, level=level, recorded_at=at)


def move_into_account(session: SessionBase, owner: User) -> None:
    """What a visitor declared becomes the account's, as the newer word; the session forgets it."""
    Evidence.objects.record(declared_in(session, owner))
    session.pop(SESSION_KEY, None)
