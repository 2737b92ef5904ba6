"""When a card comes back: FSRS-6 as the library `fsrs` computes it, with its own default weights and no fuzz.

Source: open-spaced-repetition/py-fsrs 6.3.2. Its weights were fitted to the reviews of many people, not to this reader.
"""

from datetime import UTC, datetime
from functools import cache

from fsrs import Card, Rating, Scheduler, State

UNSEEN_DUE = datetime(2000, 1, 1, tzinfo=UTC)  # of no meaning: without it the library asks the clock
PERCENT = 100


@cache
def scheduler(retention: int) -> Scheduler:
    """The library's scheduler for a desired retention in percent."""
    return Scheduler(desired_retention=retention / PERCENT, enable_fuzzing=False)


def unseen(card_id: int = 0) -> Card:
    """A card before its first review. The id must be given: the library would sleep to make one up."""
    return Card(card_id=card_id, due=UNSEEN_DUE)


def graded(card: Card, rating: Rating, at: datetime, retention: int) -> Card:
    """The card after a review. retention: desired, in percent."""
    after, _log = scheduler(retention).review_card(card, rating, at.astimezone(UTC))
    return after


def recall(card: Card, at: datetime) -> float:
    """The probability of recall that FSRS predicts, 0 to 1: R = (1 + f t / S)^-w20, f so that R(S) = 0.9.

    t: whole days since the last review, as the library counts them, so 1 within a day. 0 for a card never seen.
    """
    return float(scheduler(90).get_card_retrievability(card, at))


def steps_left(card: Card) -> int:
    """How many more times a card is shown today if it is recalled each time: 0 once it counts in days."""
    if card.state == State.Review:
        return 0
    known = scheduler(90)
    steps = known.learning_steps if card.state == State.Learning else known.relearning_steps
    return max(1, len(steps) - (card.step or 0))
