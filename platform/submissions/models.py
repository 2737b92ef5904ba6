"""What people hand in for a grading.

queued ─claim→ running ─finish→ graded | rejected
  └─cancel→ cancelled  └─fail─→ failed (our fault, the attempt is not charged)

See `submissions.gradable` for what lies between.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.belongings import Attachment
from accounts.models import User
from challenges.registry import everything
from grader.entry import Entry
from grader.report import Report, Result
from submissions import files
from submissions.gradable import Gradable, GradableQuerySet, Phase
from submissions.trials.models import Trial, TrialEntry
from submissions.work import LEASED_WHILE_RUNNING, OPEN, Kept, forget_unneeded
from submissions.workers.models import Worker

__all__ = ["Phase", "Status", "Submission", "SubmissionQuerySet", "Trial", "TrialEntry", "Worker"]


DAY = timedelta(days=1)


class Status(models.TextChoices):
    """Where a submission stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being graded")
    GRADED = "graded", _("Graded")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Cancelled")


VERDICTS = [
    (Result.PASSED.value, _("Passed")),
    (Result.PARTIAL.value, _("Partly passed")),
    (Result.BELOW_GATE.value, _("Below the gate")),
    (Result.REJECTED.value, _("Rejected")),
]


class SubmissionQuerySet(GradableQuerySet["Submission"]):
    """The questions that the site asks about submissions."""

    def gradable_again(self) -> Self:
        """Those that have ended and whose file is still there, as far as the rows know."""
        ended = self.exclude(status__in=(*OPEN, Status.CANCELLED))
        return ended.filter(challenge__in=everything(), file_removed_at=None)

    def remove_files(self) -> int:
        """Let the files of those go that have ended; their digests stay. Gives how many rows that were."""
        ended = self.exclude(status__in=OPEN).filter(file_removed_at=None)
        digests, keys = set(ended.values_list("sha256", flat=True)), list(ended.values_list("pk", flat=True))
        removed = self.model._base_manager.filter(pk__in=keys).update(file_removed_at=now())
        forget_unneeded(digests)
        return removed

    def outdated(self) -> Self:
        """Those whose file has been kept for as long as this installation keeps files."""
        if not settings.KEEP_FILES_DAYS:
            return self.none()
        return self.filter(finished_at__lt=now() - timedelta(days=settings.KEEP_FILES_DAYS), file_removed_at=None)

    def counting(self, owner_id: int, challenge: str) -> Self:
        """Those of one person that a board may show: below the gate a score is practice only."""
        held = self.filter(owner=owner_id, challenge=challenge, status=Status.GRADED, disqualified=False)
        return held.filter(result__in=(Result.PASSED, Result.PARTIAL)).order_by("-points", "finished_at", "pk")

    def last_failures(self) -> Self:
        """What failed on our side, the last first, without whose it was."""
        failed = self.filter(status=Status.FAILED).order_by("-finished_at")
        return failed.only("challenge", "finished_at", "failure_code", "failure_params", "worker")

    def of(self, owner: User) -> Self:
        """What one person handed in, newest first, without the long reports."""
        return self.filter(owner=owner).order_by("-queued_at").defer("report_json")

    def has_passed(self, owner: User, challenge: str) -> bool:
        """Whether one of this person's entries for the challenge has passed."""
        passed = self.filter(owner=owner, challenge=challenge, result=Result.PASSED, disqualified=False)
        return passed.exists()

    def in_other_formats(self, submission: "Submission") -> Self:
        """The owner's graded entries for the same challenge that are not in the format of this one."""
        graded = self.of(submission.owner).filter(challenge=submission.challenge, status=Status.GRADED)
        return graded.exclude(file_name__iendswith=f".{submission.format}")

    def charged_today(self, owner: User, challenge: str) -> Self:
        """Attempts of the last 24 hours that count: our failures and cancelled ones do not."""
        recent = self.filter(owner=owner, challenge=challenge, queued_at__gt=now() - DAY)
        return recent.exclude(status__in=(Status.FAILED, Status.CANCELLED))

    def attempts_left(self, owner: User, challenge: str) -> int:
        """How many more uploads this person has for this challenge now."""
        limit: int = settings.DAILY_ATTEMPTS
        return max(0, limit - self.charged_today(owner, challenge).count())

    def attempt_free_in_s(self, owner: User, challenge: str) -> float:
        """How long until the oldest of today's attempts counts no more. 0 if there is none."""
        oldest = self.charged_today(owner, challenge).order_by("queued_at").first()
        return max(0.0, (oldest.queued_at + DAY - now()).total_seconds()) if oldest else 0.0


class Submission(Gradable, Kept):
    """One upload for one challenge.

    `report_json` is kept as it was measured; `result`, `gold`, `points`, `version` and `machine`, the CPU that it was
    timed on, repeat what lists need of it. Who changes them later leaves a `Revision`. `judged_anew_at`: when the entry
    was measured that the report is of, if that was not its first grading.
    """

    upload_key = models.UUIDField()
    file_removed_at = models.DateTimeField(_("file removed"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.QUEUED)
    result = models.CharField(_("result"), max_length=16, blank=True, choices=VERDICTS)
    gold = models.BooleanField(default=False)
    points = models.FloatField(_("points"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version of the challenge"), default=0)
    machine = models.CharField(_("machine"), max_length=128, blank=True)
    disqualified = models.BooleanField(_("disqualified"), default=False)
    report_json = models.TextField(blank=True)
    judged_anew_at = models.DateTimeField(_("judged anew"), null=True, blank=True)

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
    def report(self) -> Report:
        """The stored report. Raises msgspec.ValidationError if there is none."""
        return Report.from_json(self.report_json)

    @property
    def graded(self) -> "Submission":
        """It is its own."""
        return self

    def entry(self) -> Entry:
        """What was handed in."""
        return files.load(self)

    @classmethod
    def needing(cls) -> models.QuerySet[Self]:
        """All but what was taken back, which costs no attempt and so must not fill the disk, and what was removed."""
        return cls._base_manager.exclude(status=Status.CANCELLED).filter(file_removed_at=None)

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

    def finish(self, report: Report) -> bool:
        """Move running -> graded or rejected and store the report. False if the row is no longer ours."""
        return self._leave_running(**columns_of(report), **self._took())

    def take(self, report: Report, **columns: object) -> None:
        """Let this report stand in place of the one before. Whoever calls it leaves a `Revision`."""
        self._rows().update(**columns_of(report), **columns)

    @property
    def measured_at(self) -> datetime | None:
        """When what its report says was measured."""
        return self.judged_anew_at or self.finished_at


def columns_of(report: Report) -> dict[str, object]:
    """What a row says of its report."""
    return {
        "status": Status.REJECTED if report.result is Result.REJECTED else Status.GRADED,
        "result": report.result,
        "gold": report.gold,
        "points": report.score.points if report.score else None,
        "version": report.challenge_version,
        "machine": str(report.environment.get("cpu_model", ""))[:128],
        "report_json": report.to_json().decode(),
    }


import submissions.measurements.models  # noqa: E402  # models of this app as well, which refer to the ones above
import submissions.remeasurements.models  # noqa: E402
import submissions.revisions.models  # noqa: E402
import submissions.standings.models  # noqa: E402, F401
