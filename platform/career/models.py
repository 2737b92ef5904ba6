"""What a reader has read, and what they aim for."""

from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Goal(models.Model):
    """The role that a person aims for: a rung and a domain of targets.toml."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="goal")
    seniority = models.CharField(_("role"), max_length=32)
    domain = models.CharField(_("domain"), max_length=32)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")

    def __str__(self) -> str:
        return f"{self.seniority}, {self.domain}"


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Which chapters were read."""

    def mark(self, owner: User, chapters: Iterable[str]) -> None:
        """Note chapters as read; those that were stay as they are."""
        self.bulk_create((Reading(owner=owner, chapter=chapter) for chapter in chapters), ignore_conflicts=True)


class Reading(models.Model):
    """A chapter of the guide that a person has read."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readings")
    chapter = models.CharField(_("chapter"), max_length=64)
    read_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager["Reading"]] = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("chapter read")
        verbose_name_plural = _("chapters read")
        constraints = [models.UniqueConstraint(fields=["owner", "chapter"], name="a_chapter_is_read_once")]

    def __str__(self) -> str:
        return self.chapter
