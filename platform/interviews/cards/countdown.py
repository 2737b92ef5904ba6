"""Planning backwards from an interview: when the last card is begun, when the final pass is, how many to begin today.

    today … last_new     new cards at an even pace, each owed two more days of review
    … final_from - 1     reviews only: whatever is still owed two comes up by then
    final_from … D - 1   final pass: the cards that one would least recall on D
    D                    the plan is over, ordinary scheduling goes on

Nothing here is kept: it follows from the cards as they are, so a day that was missed moves the pace by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor

from interviews.cards.pile import REVIEWS_OWED, Pile, Seen
from interviews.cards.schedule import recall

REVIEW_COST = 1.1  # gradings for a review: one in ten is forgotten and comes again (assumption, at retention 0.9)
CARD_COST = 2.3 + REVIEWS_OWED * REVIEW_COST  # two steps, one of four at first unknown (see forecast), and its reviews
LONGEST_FINAL = 3  # days
BEFORE_FINAL = 3  # days between the last new card and the final pass, in which it is reviewed once
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Countdown:
    """The dates of a plan."""

    interview: date
    last_day: date
    final_from: date
    last_new: date

    @classmethod
    def of(cls, interview: date, cap: int, cards: int) -> "Countdown":
        """A final pass of as many days as it takes to see every card once, three at the most."""
        final = min(LONGEST_FINAL, max(1, ceil(cards * REVIEW_COST / cap))) * DAY
        return cls(interview, interview - DAY, interview - final, interview - final - BEFORE_FINAL * DAY)

    def may_begin(self, day: date) -> bool:
        """True if a card begun now can still come up on two more days."""
        return day <= self.interview - (REVIEWS_OWED + 1) * DAY

    def due_day(self, seen: Seen) -> date:
        """When a card comes up: as FSRS says, but early enough for what it is owed, and in time for the final pass.

        Once it has had that and is owed nothing, FSRS alone decides again: it may be after the date.
        """
        passed = seen.last_day >= self.last_day or (seen.last_day >= self.final_from and not seen.owed)
        if passed or seen.due_day < self.final_from:
            return seen.due_day
        latest = self.last_day if seen.owed < REVIEWS_OWED else max(self.final_from - DAY, seen.last_day + DAY)
        return min(seen.due_day, latest)

    def new_today(self, pile: Pile, cap: int) -> int:
        """How many more cards to begin today: an even pace, and no more than can still be reviewed twice."""
        if not self.may_begin(pile.day):
            return 0
        fitting = min(len(pile.unseen), self.fitting(pile, cap))
        days_left = max(0, (self.last_new - pile.day).days) + 1
        return max(0, min(fitting, ceil((fitting + pile.new) / days_left) - pile.new))

    def fitting(self, pile: Pile, cap: int) -> int:
        """For how many new cards there is room until the interview, beside what those begun are owed."""
        room = cap * (self.interview - pile.day).days - pile.done
        owed = sum(seen.owed for seen in pile.seen.values())
        return max(0, floor((room - owed * REVIEW_COST) / CARD_COST))

    def final_pass(self, pile: Pile, on: datetime) -> Sequence[Seen]:
        """Whom the final pass still has to see: most owed first, then the least predicted recall on the date."""
        if pile.day < self.final_from:
            return []
        return sorted(self.not_passed(pile), key=lambda seen: (-seen.owed, recall(seen.card, on), seen.id))

    def not_passed(self, pile: Pile) -> Iterable[Seen]:
        """Not seen since the final pass began, or owed more, or due again."""
        for seen in pile.seen.values():
            if seen.in_steps or seen.last_day >= pile.day:
                continue
            if seen.last_day < self.final_from or seen.owed or seen.due_day <= pile.day:
                yield seen
