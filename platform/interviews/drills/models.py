"""What people answered, and what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, Max, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.drills.book import Drill, book

IN_A_ROW = 3
"""So many different problems of a drill, solved right at the first answer one after another, show its skills."""


@dataclass(frozen=True, slots=True)
class Record:
    """One person's history with one drill."""

    solved: int
    last: datetime

    def with_more(self, other: "Record") -> "Record":
        """Together with what was answered under a former name."""
        return Record(self.solved + other.solved, max(self.last, other.last))


class AttemptQuerySet(models.QuerySet["DrillAttempt"]):
    """The questions that the drills ask about attempts."""

    def keep(self, owner: User, drill: Drill, seed: int, answers: Mapping[str, str], is_right: bool | None) -> bool:
        """Keep a first answer. False if there was one before: of a double click, the constraint lets one through."""
        _row, is_first = self.get_or_create(
            owner=owner, drill=drill.id, seed=seed, defaults={"answers": dict(answers), "is_right": is_right}
        )
        return is_first

    def in_a_row(self, owner: User, drill: Drill) -> int:
        """How many of the latest answers were right, one after another, up to as many as are needed."""
        answered = self.filter(owner=owner, drill__in=drill.ids, is_right__isnull=False)
        latest = list(answered.order_by("-answered_at", "-pk").values_list("is_right", flat=True)[:IN_A_ROW])
        return [*latest, False].index(False)

    def records_of(self, owner: User) -> Mapping[str, Record]:
        """How many problems of each drill a person has solved and when they last answered one, by today's ids."""
        counted = self.filter(owner=owner).values("drill")
        rows = counted.annotate(solved=Count("pk", filter=Q(is_right=True)), last=Max("answered_at"))
        found: dict[str, Record] = {}
        for row in rows:
            name, record = book().renamed.get(row["drill"], row["drill"]), Record(row["solved"], row["last"])
            found[name] = found[name].with_more(record) if name in found else record
        return found


class DrillAttempt(models.Model):
    """One person's first answer to one problem.

    drill: an id of drills.toml, current or former; with the seed it makes the problem again. answers: as they were
    typed. is_right: None if the solution was looked at before any answer, which speaks neither for nor against.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drill_attempts")
    drill = models.CharField(_("drill"), max_length=64)
    seed = models.PositiveIntegerField(_("seed"))
    answers = models.JSONField(_("answers"), default=dict)
    is_right = models.BooleanField(_("right"), null=True)
    answered_at = models.DateTimeField(_("answered"), default=now)

    objects: ClassVar[models.Manager["DrillAttempt"]] = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("drill attempt")
        verbose_name_plural = _("drill attempts")
        constraints = [
            models.UniqueConstraint(fields=["owner", "drill", "seed"], name="only_the_first_answer_to_a_problem_counts")
        ]

    def __str__(self) -> str:
        return f"{self.drill} {self.seed}"
