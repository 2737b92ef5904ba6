"""What people hand in for a grading, which has two phases: evaluation, and timing on a machine that times nothing else.

queued ─claim→ running ─finish→ graded | rejected
  │ ↑            │ └────fail──→ failed (our fault, the attempt is not charged)
  │ └── evaluated, or a noisy timing (once), or a fault of ours (once)
  └─cancel→ cancelled
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.belongings import Attachment
from accounts.models import User
from challenges.registry import catalogue
from grader.report import Report, Result
from grader.stages import Stage
from submissions import files
from submissions.trials.models import Trial, TrialEntry
from submissions.work import BACK_IN_QUEUE, LEASED_WHILE_RUNNING, OPEN, Kept, Work, WorkQuerySet, forget_unneeded
from submissions.workers.models import Worker

__all__ = ["Phase", "Status", "Submission", "SubmissionQuerySet", "Trial", "TrialEntry", "Worker"]


class Status(models.TextChoices):
    """Where a submission stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being graded")
    GRADED = "graded", _("Graded")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Cancelled")


class Phase(models.TextChoices):
    """What a submission waits for, or goes through."""

    EVALUATION = "evaluation", _("Evaluation")
    TIMING = "timing", _("Timing")


class SubmissionQuerySet(WorkQuerySet["Submission"]):
    """The questions that the site asks about submissions."""

    def in_phase(self, phase: Phase) -> Self:
        """Those of one queue."""
        return self.filter(phase=phase)

    def gradable_again(self) -> Self:
        """Those that have ended and whose file is still there, as far as the rows know."""
        return self.exclude(status__in=(*OPEN, Status.CANCELLED)).filter(challenge__in=catalogue())

    def last_failures(self) -> Self:
        """What failed on our side, the last first, without whose it was."""
        failed = self.filter(status=Status.FAILED).order_by("-finished_at")
        return failed.only("challenge", "finished_at", "failure_code", "failure_params", "worker")

    def sweep_evaluated(self) -> None:
        """Remove what evaluations found from the storage once no timing waits for it."""
        kept = files.evaluated()
        needed = self.filter(pk__in=kept, status__in=OPEN).values_list("pk", flat=True)
        files.forget_evaluated(kept - set(needed))

    def of(self, owner: User) -> Self:
        """What one person handed in, newest first, without the long reports."""
        return self.filter(owner=owner).order_by("-queued_at").defer("report_json")

    def has_passed(self, owner: User, challenge: str) -> bool:
        """Whether one of this person's entries for the challenge has passed."""
        return self.filter(owner=owner, challenge=challenge, result=Result.PASSED).exists()

    def in_other_formats(self, submission: "Submission") -> Self:
        """The owner's graded entries for the same challenge that are not in the format of this one."""
        graded = self.of(submission.owner).filter(challenge=submission.challenge, status=Status.GRADED)
        return graded.exclude(file_name__iendswith=f".{submission.format}")

    def charged_today(self, owner: User, challenge: str) -> Self:
        """Attempts of the last 24 hours that count: our failures and cancelled ones do not."""
        recent = self.filter(owner=owner, challenge=challenge, queued_at__gt=now() - timedelta(days=1))
        return recent.exclude(status__in=(Status.FAILED, Status.CANCELLED))

    def attempts_left(self, owner: User, challenge: str) -> int:
        """How many more uploads this person has for this challenge now."""
        limit: int = settings.DAILY_ATTEMPTS
        return max(0, limit - self.charged_today(owner, challenge).count())


class Submission(Work, Kept):
    """One upload for one challenge.

    `report_json` is kept as it was measured; `result`, `gold` and `points` repeat what lists show of it.
    evaluation_s, timing_s: how long a worker had it in each phase; evaluated_by: which one had it in the first.
    """

    from_the_start: ClassVar[dict[str, object]] = BACK_IN_QUEUE | {"phase": Phase.EVALUATION}

    upload_key = models.UUIDField()
    phase = models.CharField(max_length=16, choices=Phase.choices, default=Phase.EVALUATION)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.QUEUED)
    noisy_before = models.BooleanField(default=False)
    result = models.CharField(_("result"), max_length=16, blank=True, choices=[(r.value, r.value) for r in Result])
    gold = models.BooleanField(default=False)
    points = models.FloatField(_("points"), null=True, blank=True)
    report_json = models.TextField(blank=True)
    evaluation_s = models.FloatField(null=True, blank=True)
    timing_s = models.FloatField(null=True, blank=True)
    evaluated_by = models.CharField(_("evaluated by"), max_length=255, blank=True)

    objects: ClassVar[models.Manager["Submission"]] = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            # The bytes belong to it: a form that the back button brings up again may carry another file
            models.UniqueConstraint(
                fields=["owner", "challenge", "upload_key", "sha256"], name="one_row_for_one_upload"
            ),
            models.CheckConstraint(condition=LEASED_WHILE_RUNNING, name="a_lease_while_running_and_only_then"),
        ]
        indexes = [
            models.Index(fields=["status", "lease_until"], name="submission_state"),
            models.Index(fields=["challenge", "-finished_at"], name="submission_last_of_challenge"),
            models.Index(fields=["owner", "-queued_at"], name="submission_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.challenge} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("submissions:detail", args=[self.pk])

    @property
    def line(self) -> str:
        """The queue in which it waits."""
        return self.phase

    @property
    def report(self) -> Report:
        """The stored report. Raises msgspec.ValidationError if there is none."""
        return Report.from_json(self.report_json)

    @classmethod
    def needing(cls) -> models.QuerySet[Self]:
        """All but what was taken back: it costs no attempt, so it must not fill the disk."""
        return cls._base_manager.exclude(status=Status.CANCELLED)

    def attachments(self) -> Iterator[Attachment]:
        """What an export adds to the row: the entry and the report."""
        yield from super().attachments()
        if self.report_json:
            report = self.report_json.encode()
            yield Attachment(name=f"reports/{self.pk}.json", open=lambda: ContentFile(report))

    @classmethod
    def forget_files(cls, rows: models.QuerySet[Self]) -> Callable[[], None]:
        """What removes the files of these rows once they are gone, also those between the two phases."""
        keys, forget_entries = [*rows.values_list("pk", flat=True)], super().forget_files(rows)

        def forget_all() -> None:
            forget_entries()
            files.forget_evaluated(keys)

        return forget_all

    def take_back(self) -> bool:
        """Cancel it and let its files go. False if a worker was first."""
        taken = self.cancel()
        forget_unneeded({self.sha256})
        return taken

    def hand_on(self) -> bool:
        """Move running -> queued for its timing, once it is evaluated. False if the row is no longer ours."""
        waits = {**BACK_IN_QUEUE, "phase": Phase.TIMING, "stage": Stage.TIME}
        return self._mine().update(**waits, evaluation_s=self.running_s, evaluated_by=F("worker")) == 1

    def finish(self, report: Report) -> bool:
        """Move running -> graded or rejected and store the report. False if the row is no longer ours."""
        took = "evaluation_s" if self.phase == Phase.EVALUATION else "timing_s"
        return self._leave_running(
            status=Status.REJECTED if report.result is Result.REJECTED else Status.GRADED,
            result=report.result,
            gold=report.gold,
            points=report.score.points if report.score else None,
            report_json=report.to_json().decode(),
            **{took: self.running_s},
        )

    def retry_when_quieter(self) -> bool:
        """Move running -> queued after a noisy timing, once, and let some time pass."""
        quieter = now() + timedelta(seconds=settings.QUIETER_AFTER_S)
        waits = {**BACK_IN_QUEUE, "stage": Stage.TIME, "not_before": quieter}
        return self._mine().filter(noisy_before=False).update(**waits, noisy_before=True) == 1
