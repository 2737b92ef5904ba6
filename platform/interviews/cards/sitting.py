"""A reader, their deck and a moment: what today asks for, and the card that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID, uuid4

from django.utils.timezone import get_current_timezone
from fsrs import Rating

from accounts.models import User
from interviews.bank.bank import Question
from interviews.cards.countdown import Countdown
from interviews.cards.days import Days
from interviews.cards.deck import chosen, pile_of
from interviews.cards.models import Deck, Recalled
from interviews.cards.pile import Pile, Rules
from interviews.cards.queue import Queue, comes_back, queue


@dataclass(frozen=True, slots=True)
class Shown:
    """A card on the table. number: how many reviews it has; key: of the form that grades it."""

    question: Question
    number: int
    key: UUID
    shown_at: datetime
    returns: Sequence[tuple[Recalled, timedelta]]

    @property
    def is_new(self) -> bool:
        """True if it was never reviewed."""
        return self.number == 0


@dataclass(frozen=True)
class Sitting:
    """What there is to do for one deck, now."""

    deck: Deck
    at: datetime
    days: Days
    questions: Mapping[str, Question]
    rules: Rules
    pile: Pile

    @classmethod
    def of(cls, owner: User, deck: Deck, at: datetime) -> "Sitting":
        """Read the rows. The days are those of the reader's time zone, which is Django's current one."""
        days = Days(get_current_timezone())
        questions = chosen(deck.skills, deck.levels)
        rules = deck.rules_on(days.of(at))
        pile = pile_of(owner, questions, rules, at, days)
        return cls(deck, at, days, {question.id: question for question in questions}, rules, pile)

    @cached_property
    def queue(self) -> Queue:
        """What is left of today."""
        return queue(self.pile, self.rules, self.at, self.days)

    @cached_property
    def shown(self) -> Shown | None:
        """The next card. None if there is none, or if the cap is reached."""
        card_id = self.queue.next
        if card_id is None:
            return None
        returns = [
            (Recalled(rating), comes_back(self.pile, self.rules, card_id, rating, self.at, self.days))
            for rating in Rating
        ]
        seen = self.pile.seen.get(card_id)
        return Shown(self.questions[card_id], seen.reviews if seen else 0, uuid4(), self.at, returns)

    @property
    def countdown(self) -> Countdown | None:
        """The dates up to an interview, if one is ahead."""
        ahead = self.rules.interview
        return Countdown.of(ahead, self.rules.cap, self.pile.cards) if ahead else None
