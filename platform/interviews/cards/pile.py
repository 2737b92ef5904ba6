"""The cards of one reader at one moment, without a database: what real days and the forecast both draw from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fsrs import Card, Rating, State

from interviews.cards.days import Days
from interviews.cards.schedule import graded, unseen

REVIEWS_OWED = 2  # how often a card is to come back, on later days than its first, before an interview


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the reader has chosen. retention: desired, in percent; cap: gradings a day, of new cards and all others."""

    new_a_day: int
    cap: int
    retention: int
    interview: date | None = None

    def counts_down(self, day: date) -> bool:
        """True if an interview is ahead on this day."""
        return self.interview is not None and day < self.interview


@dataclass(frozen=True, slots=True)
class Seen:
    """A card that was reviewed so many times.

    owed: how many more days it has to come up on before an interview; its first day does not count.
    in_steps: True if it comes back in minutes and not in days.
    """

    id: str
    card: Card
    reviews: int
    owed: int
    last_day: date
    due_day: date
    in_steps: bool

    @classmethod
    def of(cls, card_id: str, card: Card, reviews: int, owed: int, last_day: date, days: Days) -> "Seen":
        """A card as its last review, on `last_day`, left it."""
        return cls(card_id, card, reviews, owed, last_day, days.of(card.due), card.state != State.Review)


@dataclass(slots=True)
class Pile:
    """All cards, on one day. `unseen`: ids in the order of learning; `done`: gradings of the day, `new` of them first.

    A simulation moves it on in place; everybody else only reads.
    """

    day: date
    unseen: dict[str, None]
    seen: dict[str, Seen]
    done: int = 0
    new: int = 0

    @classmethod
    def of(cls, day: date, unseen: Iterable[str], seen: Mapping[str, Seen], done: int = 0, new: int = 0) -> "Pile":
        """A pile that may be moved on: it shares no container with its sources."""
        return cls(day, dict.fromkeys(unseen), dict(seen), done, new)

    def copy(self) -> "Pile":
        """A pile of its own, for a simulation."""
        return Pile.of(self.day, self.unseen, self.seen, self.done, self.new)

    @property
    def cards(self) -> int:
        """How many there are."""
        return len(self.unseen) + len(self.seen)

    def turn(self, day: date) -> None:
        """Begin another day."""
        self.day, self.done, self.new = day, 0, 0

    def grade(self, card_id: str, rating: Rating, at: datetime, rules: Rules, days: Days) -> None:
        """Review a card now."""
        before = self.seen.get(card_id)
        after = graded(before.card if before else unseen(), rating, at, rules.retention)
        reviews, owed = (before.reviews + 1, before.owed) if before else (1, REVIEWS_OWED)
        if before and self.day > before.last_day:
            owed = max(0, owed - 1)
        self.seen[card_id] = Seen.of(card_id, after, reviews, owed, self.day, days)
        self.unseen.pop(card_id, None)
        self.done += 1
        self.new += before is None
