"""The load of the coming days, simulated card by card with the queue of real days and a model reader.

The model reader recalls with the probability that FSRS predicts. The draw comes from the card and the number of its
review, so it is the same whatever the order: the same deck gives the same forecast, and the plan is judged with the
same luck as doing without. Grades are Good or Again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b

from fsrs import Rating

from interviews.cards.days import Days
from interviews.cards.pile import Pile, Rules, Seen
from interviews.cards.queue import queue
from interviews.cards.schedule import recall

HORIZON = 30
KNOWN_AT_FIRST_SIGHT = 0.76
"""What FSRS cannot predict. Source: the default of the FSRS simulators, first_rating_prob = 0.24 for Again."""
SECONDS_A_CARD = 20  # assumption, until the reader's own times are known
PAUSE = timedelta(seconds=SECONDS_A_CARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one day brings. `new` and `reviews`: gradings; `carried`: cards that the cap left for the next day."""

    date: date
    new: int
    reviews: int
    carried: int

    @property
    def gradings(self) -> int:
        """All that is graded."""
        return self.new + self.reviews


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days to come, and the cards as they will be behind the last of them."""

    days: Sequence[Day]
    pile: Pile


def draw(card_id: str, number: int) -> float:
    """A fixed number in [0, 1) for the review with this number of this card, uniform over cards and numbers."""
    digest = blake2b(f"{card_id} {number}".encode(), digest_size=7).digest()
    return int.from_bytes(digest) / 2**56


def model_rating(card_id: str, seen: Seen | None, at: datetime) -> Rating:
    """How the model reader grades a card that is shown now."""
    chance = recall(seen.card, at) if seen else KNOWN_AT_FIRST_SIGHT
    return Rating.Good if draw(card_id, seen.reviews if seen else 0) < chance else Rating.Again


def forecast(pile: Pile, rules: Rules, at: datetime, days: Days, count: int = HORIZON) -> Forecast:
    """Simulate so many days, today being the first: the reader sits down every day at the time that it is now."""
    pile, today = pile.copy(), pile.day
    simulated = []
    for ahead in range(count):
        if ahead:
            pile.turn(today + timedelta(days=ahead))
            at = days.same_time(at, pile.day)
        simulated.append(simulate(pile, rules, at, days))
    return Forecast(simulated, pile)


def simulate(pile: Pile, rules: Rules, at: datetime, days: Days) -> Day:
    """Work through the rest of a day; the pile moves on."""
    asked = queue(pile, rules, at, days)
    while card_id := asked.next:
        pile.grade(card_id, model_rating(card_id, pile.seen.get(card_id), at), at, rules, days)
        at += PAUSE
        asked = queue(pile, rules, at, days)
    return Day(date=pile.day, new=pile.new, reviews=pile.done - pile.new, carried=asked.carried)
