"""A trial is work like a submission, but it is never an attempt: it gives tables to look at, no verdict and no points.

queued ─claim→ running ─finish→ done | refused (the model is not of the kind that can be tried)
  │ ↑            │ └────fail──→ failed (our fault)
  │ └── lease ran out (once)
  └─cancel→ cancelled
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from grader.errors import Params
from grader.ladder import LadderReport
from grader.parity import ParityReport
from submissions.work import LEASED_WHILE_RUNNING, OPEN, Kept, Work, WorkQuerySet, forget_unneeded

LINE = "trial"


class Kind(models.TextChoices):
    """What is tried."""

    LADDER = "ladder", _("Quantize ladder")
    PARITY = "parity", _("Comparison of formats")


class TrialStatus(models.TextChoices):
    """Where a trial stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Cannot be tried")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Cancelled")


class TrialQuerySet(WorkQuerySet["Trial"]):
    """The questions that the site asks about trials."""

    def reap(self) -> None:
        """As all work; then the models go of those that end so, because no worker is there to see to it."""
        silent = self.filter(status=TrialStatus.RUNNING, lease_until__lt=now())
        digests = set(silent.values_list("entries__sha256", flat=True))
        super().reap()
        forget_unneeded(digests)

    def of(self, owner: User) -> Self:
        """What one person tried, newest first, without the long results."""
        return self.filter(owner=owner).order_by("-queued_at").defer("result_json").prefetch_related("entries")

    def open_of(self, owner: User) -> "Trial | None":
        """The trial of this person that still waits or runs."""
        return self.filter(owner=owner, status__in=OPEN).first()

    def with_model(self, owner: User, challenge: str, sha256: str) -> Self:
        """What one person tried with one model of a challenge."""
        return self.of(owner).filter(challenge=challenge, entries__sha256=sha256).distinct()

    def any_left(self, owner: User) -> bool:
        """Whether this person may begin one more today. All count, also what was cancelled: each may bring a file."""
        limit: int = settings.DAILY_TRIALS
        return self.filter(owner=owner, queued_at__gt=now() - timedelta(days=1)).count() < limit

    def begin(self, owner: User, challenge: str, kind: Kind, entries: Sequence["TrialEntry"]) -> "Trial":
        """Make the row and those of its models."""
        trial = self.create(owner=owner, challenge=challenge, kind=kind)
        for entry in entries:
            entry.trial = trial
            entry.save(force_insert=True)
        return trial


class Trial(Work):
    """One trial. `result_json` is a LadderReport or a ParityReport, by `kind`."""

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    status = models.CharField(_("status"), max_length=16, choices=TrialStatus.choices, default=TrialStatus.QUEUED)
    result_json = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Trial"]] = TrialQuerySet.as_manager()

    class Meta:
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(status__in=OPEN), name="one_open_trial_at_a_time"),
            models.CheckConstraint(condition=LEASED_WHILE_RUNNING, name="a_trial_has_a_lease_while_running"),
        ]
        indexes = [
            models.Index(fields=["status", "lease_until"], name="trial_state"),
            models.Index(fields=["owner", "-queued_at"], name="trial_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.challenge} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("submissions:trial", args=[self.pk])

    @property
    def line(self) -> str:
        """The queue in which it waits."""
        return LINE

    @property
    def ladder(self) -> LadderReport:
        """The stored ladder. Raises msgspec.ValidationError if there is none."""
        return LadderReport.from_json(self.result_json)

    @property
    def parity(self) -> ParityReport:
        """The stored comparison. Raises msgspec.ValidationError if there is none."""
        return ParityReport.from_json(self.result_json)

    def digests(self) -> set[str]:
        """Of its models."""
        return set(self.entries.values_list("sha256", flat=True))

    def take_back(self) -> bool:
        """Cancel it and let its models go. False if a worker was first."""
        taken = self.cancel()
        forget_unneeded(self.digests())
        return taken

    def finish(self, result_json: str) -> bool:
        """Move running -> done and store the result. False if the row is no longer ours."""
        return self._leave_running(status=TrialStatus.DONE, result_json=result_json)

    def refuse(self, code: str, params: Params) -> bool:
        """Move running -> refused: nothing that we could mend. False if the row is no longer ours."""
        return self._leave_running(status=TrialStatus.REFUSED, failure_code=code, failure_params=dict(params))


class TrialEntry(Kept):
    """A model that a trial tries. Its file is kept until the trial ends, and longer only for a submission of it."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="entries")

    class Meta:
        verbose_name = _("model of a trial")
        verbose_name_plural = _("models of trials")
        ordering = ("pk",)

    @classmethod
    def needing(cls) -> models.QuerySet[Self]:
        """The models of trials that wait or run."""
        return cls._base_manager.filter(trial__status__in=OPEN)

    def __str__(self) -> str:
        return self.file_name
