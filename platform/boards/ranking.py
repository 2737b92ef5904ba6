"""Ranks that noise cannot change: entries that are too close to be told apart share one.

A leader's band reaches down by the larger of one point and the whole interval of its own points. Who is inside shares
its rank; the first one below leads the next band.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from django.core.cache import cache
from django.db.models import Count

from challenges.spec import Spec
from submissions.standings.models import Standing, StandingQuerySet

BAND = 1.0  # points
KEPT_S = 10


@dataclass(frozen=True, slots=True)
class Board:
    """Where results can be compared with each other."""

    challenge: str
    version: int
    runtime: str
    machine: str

    @property
    def rows(self) -> StandingQuerySet:
        """Everybody's best, the best one first."""
        return Standing.objects.on(self.challenge, self.version, self.runtime, self.machine).best_first()

    def ranks(self) -> "Ranks":
        """All of them, as they were a few seconds ago."""
        return Ranks(cache.get_or_set(self.key("bands"), lambda: list(bands(self.rows)), KEPT_S) or [])

    def key(self, what: str) -> str:
        """Under which something about the board is cached."""
        return f"{what}-{self.challenge}-{self.version}-{self.runtime}-{crc32(self.machine.encode())}"


@dataclass(frozen=True, slots=True)
class Band:
    """A rank, and the points above which it is reached."""

    rank: int
    above: float
    shared_by: int


@dataclass(frozen=True, slots=True)
class Ranks:
    """The bands of a board, the best one first."""

    bands: list[Band]

    @property
    def count(self) -> int:
        """How many entries they hold."""
        return sum(band.shared_by for band in self.bands)

    def of(self, points: float) -> int:
        """The rank of an entry with so many points."""
        at = bisect_left(self.bands, -points, key=lambda band: -band.above)
        return self.bands[at].rank if at < len(self.bands) else 1


def bands(rows: StandingQuerySet) -> Iterator[Band]:
    """The bands of a board from the top, with two look-ups in its index for each."""
    rank, leader = 1, rows.first()
    while leader:
        above = leader.points - max(BAND, 2 * leader.noise)
        inside = rows.filter(points__lte=leader.points, points__gt=above).count()
        yield Band(rank, above, inside)
        rank += inside
        leader = rows.filter(points__lte=above).first()


def boards(spec: Spec) -> list[Board]:
    """All of a challenge's present version, the one with most entries first."""
    key = f"boards-{spec.id}-{spec.version}"
    return cache.get_or_set(key, lambda: list(_boards(spec)), KEPT_S) or []


def _boards(spec: Spec) -> Iterator[Board]:
    rows = Standing.objects.filter(challenge=spec.id, version=spec.version)
    for runtime, machine, _ in (
        rows.values_list("runtime", "machine").annotate(count=Count("pk")).order_by("-count", "runtime", "machine")
    ):
        yield Board(spec.id, spec.version, runtime, machine)
