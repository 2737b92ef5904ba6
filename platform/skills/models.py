"""Evidence: what speaks for a person's skill, where it comes from and when. Levels are read from it, never stored."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from skills.map import TOP_LEVEL


class Kind(models.TextChoices):
    """How strong it is, the weakest first."""

    DECLARED = "declared", _("Declared")
    PRACTISED = "practised", _("Practised")
    MEASURED = "measured", pgettext_lazy("evidence", "Measured")


STRENGTH = {kind: strength for strength, kind in enumerate(Kind)}


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """The questions that the site asks about evidence."""

    def of(self, owner: User) -> Self:
        """What speaks for one person, newest first."""
        return self.filter(owner=owner).order_by("-recorded_at")

    def record(self, rows: Iterable["Evidence"]) -> None:
        """Keep these rows. What a source says again of the same skill replaces what it said before."""
        self.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["owner", "skill", "source"],
            update_fields=["kind", "level", "recorded_at"],
        )


class Evidence(models.Model):
    """One source speaks for one skill of one person.

    skill: an id of skills.toml, current or former. source: where on the site it can be seen, as a path without the
    outer slashes: "inventory", "submissions/<id>". level 0 is a statement as well: the person said "not yet".
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="evidence")
    skill = models.CharField(_("skill"), max_length=64)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    level = models.PositiveSmallIntegerField(_("level"))
    source = models.CharField(_("source"), max_length=128)
    recorded_at = models.DateTimeField(_("recorded"), default=now)

    objects: ClassVar[models.Manager["Evidence"]] = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["owner", "skill", "source"], name="a_source_speaks_once_for_a_skill"),
            models.CheckConstraint(condition=Q(level__lte=TOP_LEVEL), name="a_level_of_the_map"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level} ({self.source})"

    @property
    def address(self) -> str:
        """Where it can be seen."""
        return f"/{self.source}/"


def strongest(evidence: Iterable[Evidence]) -> Evidence:
    """The one that counts: the highest level, and among equals the strongest kind."""
    return max(evidence, key=lambda row: (row.level, STRENGTH[Kind(row.kind)]))
