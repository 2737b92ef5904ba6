"""The load of the coming days, as a page shows it before a deck is begun and later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from accounts.models import User
from interviews.cards.charts import BarChart
from interviews.cards.deck import chosen
from interviews.cards.forecast import HORIZON, Day, forecast
from interviews.cards.forms import LARGEST_CAP
from interviews.cards.models import Deck, Review
from interviews.cards.plan import Plan, cap_that_fits, plan
from interviews.cards.sitting import Sitting
from interviews.cards.statistics import seconds_a_card

SECONDS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Load:
    """A day, and the minutes that it takes."""

    day: Day
    minutes: int


@dataclass(frozen=True, slots=True)
class Fewer:
    """A narrower choice that would fit: levels up to this one, and how many cards they are."""

    level: int
    cards: int


@dataclass(frozen=True)
class Outlook:
    """A sitting, and what lies ahead of it."""

    sitting: Sitting
    seconds: float
    seconds_are_own: bool

    @classmethod
    def of(cls, owner: User, deck: Deck, at: datetime) -> "Outlook":
        """Read the rows. Nothing is simulated before it is asked for."""
        timed = Review.objects.standing(owner).exclude(took_ms=None)
        times = list(timed.order_by("-pk").values_list("took_ms", flat=True)[:500])
        return cls(Sitting.of(owner, deck, at), *seconds_a_card([ms for ms in times if ms is not None]))

    @property
    def cards(self) -> int:
        """How many cards are chosen."""
        return self.sitting.pile.cards

    @cached_property
    def plan(self) -> Plan | None:
        """Up to the interview, if one is ahead."""
        sitting = self.sitting
        return plan(sitting.pile, sitting.rules, sitting.at, sitting.days)

    @cached_property
    def loads(self) -> Sequence[Load]:
        """Thirty days, today being the first."""
        sitting = self.sitting
        days = forecast(sitting.pile, sitting.rules, sitting.at, sitting.days, HORIZON).days
        return [Load(day, round(day.gradings * self.seconds / SECONDS_A_MINUTE)) for day in days]

    @property
    def chart(self) -> BarChart:
        """They as bars."""
        return BarChart.of_load([load.day for load in self.loads], self.sitting.rules.cap)

    @property
    def busiest(self) -> Load:
        """The day with the most gradings."""
        return max(self.loads, key=lambda load: load.day.gradings)

    @property
    def mean_minutes(self) -> int:
        """A day, on the average of the thirty."""
        return round(sum(load.day.gradings for load in self.loads) * self.seconds / SECONDS_A_MINUTE / len(self.loads))

    @property
    def cap_that_fits(self) -> int | None:
        """The cap with which everything would be reviewed twice before the interview. None if none was found."""
        sitting = self.sitting
        return cap_that_fits(sitting.pile, sitting.rules, sitting.at, sitting.days, LARGEST_CAP)

    @property
    def fewer(self) -> Iterator[Fewer]:
        """Choices of lower levels only that have no more cards than fit now."""
        deck = self.sitting.deck
        for level in sorted(deck.levels, reverse=True)[1:]:
            cards = len(chosen(deck.skills, [one for one in deck.levels if one <= level]))
            if self.plan and 0 < cards <= self.plan.twice:
                yield Fewer(level, cards)
