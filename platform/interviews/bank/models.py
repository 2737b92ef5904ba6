"""What a reader keeps of the bank."""

from collections.abc import Set
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.bank.bank import Question, bank


class BookmarkQuerySet(models.QuerySet["Bookmark"]):
    """Which questions a reader wants to find again."""

    def kept_by(self, request: HttpRequest) -> Set[str]:
        """The ids of a reader's questions, by today's names; none for a visitor."""
        if not request.user.is_authenticated:
            return set()
        kept = self.filter(owner=request.user).values_list("question", flat=True)
        return {question.id for kept_id in kept if (question := bank().get(kept_id))}

    def keep(self, owner: User, question: Question) -> None:
        """Mark it; once is enough."""
        self.bulk_create([Bookmark(owner=owner, question=question.id)], ignore_conflicts=True)

    def let_go(self, owner: User, question: Question) -> None:
        """Take the mark away, also one that was made under a former name."""
        self.filter(owner=owner, question__in=question.ids).delete()


class Bookmark(models.Model):
    """A question that a person wants to find again."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    question = models.CharField(_("question"), max_length=64)
    kept_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager["Bookmark"]] = BookmarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        constraints = [models.UniqueConstraint(fields=["owner", "question"], name="a_question_is_bookmarked_once")]

    def __str__(self) -> str:
        return self.question
