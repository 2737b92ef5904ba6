"""A grading on its way into the log: once, whatever tabs, devices and lost connections do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from fsrs import Rating

from accounts.models import User
from interviews.bank.bank import Question, bank
from interviews.cards.days import Days
from interviews.cards.deck import row_of
from interviews.cards.mastery import note_practice
from interviews.cards.models import Card, Review, ReviewedSince
from interviews.cards.schedule import graded

LONGEST = timedelta(minutes=5)
"""A card that stayed open for longer was not looked at all the time: how long it took is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """What a form brings. number: how many reviews the card had when it was shown.

    reviewed_at: when the grade was given, by a script that could not send it at once; None: now.
    """

    question: Question
    number: int
    key: UUID
    rating: Rating
    shown_at: datetime | None = None
    reviewed_at: datetime | None = None


@transaction.atomic
def keep(owner: User, grading: Grading, retention: int, at: datetime) -> Review:
    """Store a grading, or find it if it came before: also one that was taken back since.

    Raises ReviewedSince if the card was graded elsewhere in the meantime. The daily cap decides what is shown, not what
    is stored: a grade that was given is never refused for it.
    """
    if known := Review.objects.of_key(owner, grading.key):
        return known
    card = row_of(owner, grading.question)
    reviewed_at = moment(grading, card, at)
    after = graded(card.remembered, grading.rating, reviewed_at, retention)
    if card.reviews != grading.number or not card.move(after):
        if known := Review.objects.of_key(owner, grading.key):  # the same form, sent twice at the same time
            return known
        raise ReviewedSince
    review = Review.objects.create(
        owner=owner,
        card=card,
        key=grading.key,
        number=grading.number + 1,
        grade=grading.rating,
        reviewed_at=reviewed_at,
        took_ms=took_ms(grading.shown_at, reviewed_at),
        retention=retention,
        before=card.memory,
    )
    note_practice(owner, grading.question)
    return review


def moment(grading: Grading, card: Card, at: datetime) -> datetime:
    """When it was graded: as the script says, but not in the future, and not before the card's last review.

    Of a card without one: not before its owner came, so that a browser's wrong clock makes no day that nobody lived.
    """
    earliest = card.remembered.last_review or card.owner.date_joined
    return max(min(grading.reviewed_at or at, at), earliest)


def took_ms(shown_at: datetime | None, reviewed_at: datetime) -> int | None:
    """How long the card was looked at. None if it is not known."""
    took = reviewed_at - shown_at if shown_at else None
    return took // timedelta(milliseconds=1) if took and timedelta(0) < took <= LONGEST else None


@transaction.atomic
def undo(owner: User, review: Review, at: datetime) -> None:
    """Take back a review; a second time changes nothing. Raises ReviewedSince if the card has gone on."""
    if review.take_back(at) and review.card.question in bank():
        note_practice(owner, bank()[review.card.question])


def last_review(owner: User, at: datetime, days: Days) -> Review | None:
    """The last grading of today that can be taken back. None if there is none."""
    today = Review.objects.standing(owner).since(days.begin(days.of(at)))
    return today.select_related("card").order_by("-pk").first()


def of_today(owner: User, key: UUID, at: datetime, days: Days) -> Review | None:
    """The grading of today with this key, taken back or not. None if there is none."""
    today = Review.objects.filter(owner=owner).since(days.begin(days.of(at)))
    return today.select_related("card").filter(key=key).first()
