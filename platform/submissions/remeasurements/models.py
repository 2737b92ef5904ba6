"""A remeasurement grades a submission's stored file once more, and changes nothing about the submission.

Its report lies beside the one that stands: it is no attempt, gives no points, no rank and no evidence of a skill, and
waits below everything that people wait for. Who asks for it, and what it tells, is another app's to say.
"""

from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from grader.entry import Entry
from grader.report import Report
from submissions.gradable import Gradable, GradableQuerySet
from submissions.models import Submission
from submissions.revisions.models import Rejudgement, RejudgementStatus
from submissions.trials.models import Trial
from submissions.work import LEASED_WHILE_RUNNING, State


class RemeasurementStatus(models.TextChoices):
    """Where a remeasurement stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed on our side")


class RemeasurementQuerySet(GradableQuerySet["Remeasurement"]):
    """How remeasurements begin, and how they give way."""

    def begin(self, submission: Submission, runtime: str, formula: str) -> bool:
        """Queue one. False if there ever was one of this entry for these versions."""
        asked_by = {"owner_id": submission.owner_id, "challenge": submission.challenge}
        return self.get_or_create(submission=submission, runtime=runtime, formula=formula, defaults=asked_by)[1]

    def of_what_stands(self) -> "RemeasurementQuerySet":
        """Those that are younger than the report that stands, the oldest first: operators may have replaced it."""
        replaced = Rejudgement.objects.filter(submission=OuterRef("submission"), status=RejudgementStatus.DONE)
        return self.filter(~Exists(replaced.filter(finished_at__gt=OuterRef("queued_at")))).order_by("queued_at")

    def withdraw(self, runtimes: Collection[str], formula: str) -> None:
        """Forget what waits for versions other than these: nobody has them any more."""
        self.filter(status=State.QUEUED).exclude(runtime__in=runtimes, formula=formula).delete()

    def next_in_turn(self) -> "Remeasurement | None":
        """As all work, but none while a trial waits; submissions come first because workers ask for them first."""
        return None if Trial.objects.filter(status=State.QUEUED).exists() else super().next_in_turn()

    def reap(self) -> None:
        """As all work, but what waits may wait for however long it takes, unless its file was removed meanwhile."""
        self.take_back()
        self.filter(status=State.QUEUED, submission__file_removed_at__isnull=False).delete()


class Remeasurement(Gradable):
    """One of them. runtime, formula: the versions for which it was asked; those that it met are in the report."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="remeasurements")
    runtime = models.CharField(_("runtime"), max_length=64)
    formula = models.CharField(_("formula"), max_length=32)
    status = models.CharField(
        _("status"), max_length=16, choices=RemeasurementStatus.choices, default=RemeasurementStatus.QUEUED
    )
    report_json = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Remeasurement"]] = RemeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("remeasurement")
        verbose_name_plural = _("remeasurements")
        constraints = [
            models.UniqueConstraint(fields=["submission", "runtime", "formula"], name="measured_once_with_a_version"),
            models.CheckConstraint(condition=LEASED_WHILE_RUNNING, name="a_remeasurement_has_a_lease_while_running"),
        ]
        indexes = [models.Index(fields=["status", "lease_until"], name="remeasurement_state")]

    def __str__(self) -> str:
        return f"{self.challenge} {self.id}"

    @property
    def report(self) -> Report:
        """The stored report. Raises msgspec.ValidationError if there is none."""
        return Report.from_json(self.report_json)

    @property
    def graded(self) -> None:
        """It makes no submission's result."""

    def entry(self) -> Entry:
        """What was handed in."""
        return self.submission.entry()

    def finish(self, report: Report) -> bool:
        """Move running -> done and store the report. False if the row is no longer ours."""
        stored = {"report_json": report.to_json().decode(), **self._took()}
        return self._leave_running(status=RemeasurementStatus.DONE, **stored)
