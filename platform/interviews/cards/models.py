"""A deck, its cards and every review. Reviews are only ever added; taking one back marks it."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from fsrs import Card as Memory

from accounts.models import User
from interviews.cards.pile import Rules
from interviews.cards.schedule import unseen


class Recalled(models.IntegerChoices):
    """How well a card was recalled, with the library's own numbers."""

    AGAIN = 1, pgettext_lazy("grade", "Again")
    HARD = 2, pgettext_lazy("grade", "Hard")
    GOOD = 3, pgettext_lazy("grade", "Good")
    EASY = 4, pgettext_lazy("grade", "Easy")


class ReviewedSince(Exception):
    """The card has been reviewed again, in another tab or on another device."""


class Deck(models.Model):
    """What a person has chosen to learn, and how fast. retention: desired, in percent."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deck")
    skills = models.JSONField(_("skills"), default=list)
    levels = models.JSONField(_("levels"), default=list)
    new_a_day = models.PositiveSmallIntegerField(default=6)
    cap = models.PositiveSmallIntegerField(default=40)
    retention = models.PositiveSmallIntegerField(default=90)
    interview_on = models.DateField(null=True, blank=True)
    is_paused = models.BooleanField(default=False)
    begun_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("deck")
        verbose_name_plural = _("decks")

    def __str__(self) -> str:
        return f"{len(self.skills)} × {self.levels}"

    def rules_on(self, day: date) -> Rules:
        """What the queue obeys on a day: an interview that is over is none."""
        ahead = self.interview_on if self.interview_on and day < self.interview_on else None
        return Rules(new_a_day=self.new_a_day, cap=self.cap, retention=self.retention, interview=ahead)


class Card(models.Model):
    """A question that a person has begun to learn. It is a row from its first review on.

    question: an id of the question bank, current or former. memory: the library's card as JSON, empty before the first
    review and again once all are taken back. `reviews` counts those that stand; no change is made on an older count.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cards")
    question = models.CharField(_("question"), max_length=64)
    memory = models.TextField(blank=True)
    reviews = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("flashcard")
        verbose_name_plural = _("flashcards")
        constraints = [models.UniqueConstraint(fields=["owner", "question"], name="a_question_is_one_card")]

    def __str__(self) -> str:
        return self.question

    @property
    def remembered(self) -> Memory:
        """It, as the library has it."""
        return Memory.from_json(self.memory) if self.memory else unseen(self.pk)

    def move(self, after: Memory) -> bool:
        """Put the next review's result in its place. False if another tab or device was first."""
        mine = Card.objects.filter(pk=self.pk, reviews=self.reviews, memory=self.memory)
        return mine.update(memory=after.to_json(), reviews=F("reviews") + 1) == 1


class ReviewQuerySet(models.QuerySet["Review"]):
    """The questions that the site asks about reviews."""

    def standing(self, owner: User) -> Self:
        """What one person graded and did not take back."""
        return self.filter(owner=owner, undone_at=None)

    def since(self, moment: datetime) -> Self:
        """Those from a moment on."""
        return self.filter(reviewed_at__gte=moment)

    def last_of_each_card(self) -> Self:
        """The latest of every card."""
        return self.filter(number=F("card__reviews"))

    def of_key(self, owner: User, key: UUID) -> "Review | None":
        """What a form has already brought, taken back or not."""
        return self.filter(owner=owner, key=key).first()


class Review(models.Model):
    """One grading. With `before`, `grade`, `reviewed_at` and `retention` the card behind it can be computed again.

    key: made with the form, so a form that is sent twice is one review. number: which review of its card it is, from 1.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="log")
    key = models.UUIDField()
    number = models.PositiveIntegerField()
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Recalled.choices)
    reviewed_at = models.DateTimeField(_("reviewed"))
    recorded_at = models.DateTimeField(default=now)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    retention = models.PositiveSmallIntegerField()
    before = models.TextField(blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Review"]] = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="a_form_is_one_review"),
            models.UniqueConstraint(
                fields=["card", "number"], condition=Q(undone_at=None), name="one_review_stands_for_a_number"
            ),
            models.CheckConstraint(condition=Q(grade__in=Recalled.values), name="a_grade_of_the_four"),
        ]
        indexes = [models.Index(fields=["owner", "reviewed_at"], name="review_of_owner")]

    def __str__(self) -> str:
        return f"{self.card_id} #{self.number}: {self.grade}"

    @property
    def was(self) -> Memory | None:
        """The card before it. None if it was the first review."""
        return Memory.from_json(self.before) if self.before else None

    @property
    def interval(self) -> timedelta | None:
        """The time since the review before. None if it was the first."""
        was = self.was
        return self.reviewed_at - was.last_review if was and was.last_review else None

    def take_back(self, at: datetime) -> bool:
        """Mark it as undone, and put its card where it was. False if that was done already.

        Raises ReviewedSince, which must roll back, if the card has gone on from here.
        """
        if not Review.objects.filter(pk=self.pk, undone_at=None).update(undone_at=at):
            return False
        latest = Card.objects.filter(pk=self.card_id, reviews=self.number)
        if not latest.update(memory=self.before, reviews=F("reviews") - 1):
            raise ReviewedSince
        return True
