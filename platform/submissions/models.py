"""A submission is a state machine in one row. Every transition is one conditional UPDATE.

queued ─claim→ running ─finish→ graded | rejected
  │ ↑            │ └────fail──→ failed (our fault, the attempt is not charged)
  │ └── lease ran out (once), or a noisy measurement (once)
  └─cancel→ cancelled
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.belongings import Attachment
from accounts.models import User
from grader.errors import Params
from grader.report import Report, Result
from grader.stages import Stage
from submissions import files


class Status(models.TextChoices):
    """Where a submission stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being graded")
    GRADED = "graded", _("Graded")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Cancelled")


class OurFault(models.TextChoices):
    """Failures that the grader itself cannot name, because it did not live to do so."""

    CRASHED = "grader_crashed", _("The grader met an error of its own. It is logged, and we will look at it.")
    WORKER_LOST = "worker_lost", _("The grading process stopped twice before it could finish.")


def fresh_lease() -> datetime:
    """When a worker that falls silent now has to give its row back."""
    return now() + timedelta(seconds=settings.LEASE_S)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """The questions that the site asks about submissions, and what is done to many of them at once."""

    def of(self, owner: User) -> Self:
        """What one person handed in, newest first, without the long reports."""
        return self.filter(owner=owner).order_by("-queued_at").defer("report_json")

    def charged_today(self, owner: User, challenge: str) -> Self:
        """Attempts of the last 24 hours that count: our failures and cancelled ones do not."""
        recent = self.filter(owner=owner, challenge=challenge, queued_at__gt=now() - timedelta(days=1))
        return recent.exclude(status__in=(Status.FAILED, Status.CANCELLED))

    def attempts_left(self, owner: User, challenge: str) -> int:
        """How many more uploads this person has for this challenge now."""
        limit: int = settings.DAILY_ATTEMPTS
        return max(0, limit - self.charged_today(owner, challenge).count())

    def reap(self) -> None:
        """Return rows whose worker fell silent to the queue, once; fail those that it happened to before."""
        silent = self.filter(status=Status.RUNNING, lease_until__lt=now())
        silent.filter(losses__gte=1).update(
            status=Status.FAILED, failure_code=OurFault.WORKER_LOST, finished_at=now(), lease_until=None
        )
        silent.filter(losses=0).update(losses=1, **BACK_IN_QUEUE)

    def unsent(self) -> Self:
        """Queued rows without a message in the queue, as far as one can know: never sent, or sent long ago."""
        long_ago = now() - timedelta(seconds=settings.RESEND_AFTER_S)
        return self.filter(Q(sent_at=None) | Q(sent_at__lt=long_ago), status=Status.QUEUED).order_by("queued_at")

    def forget_messages(self) -> None:
        """Treat every queued row as never sent, because the queue may be a new and empty one."""
        self.filter(status=Status.QUEUED).update(sent_at=None)

    def forget_unneeded(self, digests: set[str]) -> None:
        """Remove the stored entries with these digests that no row needs any more."""
        needed = self.filter(sha256__in=digests).values_list("sha256", flat=True)
        files.forget(digests.difference(needed))


BACK_IN_QUEUE = {
    "status": Status.QUEUED,
    "lease_until": None,
    "sent_at": None,
    "started_at": None,
    "stage": "",
    "stage_fraction": 0.0,
}


class Submission(models.Model):
    """One upload for one challenge.

    `attempt` counts claims. It is the fencing token: a worker may only write while it is still its own number, so one
    that lost its lease and wakes up late cannot overwrite its successor. `losses`: how often a lease ran out.
    `report_json` is kept as it was measured; `result` and `points` repeat what lists show of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions")
    challenge = models.CharField(_("challenge"), max_length=64)
    upload_key = models.UUIDField()
    file_name = models.CharField(_("file"), max_length=255)
    file_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=16, blank=True, choices=[(stage.value, stage.value) for stage in Stage])
    stage_fraction = models.FloatField(default=0.0)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)
    noisy_before = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(_("uploaded"), default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    result = models.CharField(_("result"), max_length=16, blank=True, choices=[(r.value, r.value) for r in Result])
    points = models.FloatField(_("points"), null=True, blank=True)
    report_json = models.TextField(blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_params = models.JSONField(default=dict, blank=True)

    objects: ClassVar[models.Manager["Submission"]] = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            # The bytes belong to it: a form that the back button brings up again may carry another file
            models.UniqueConstraint(
                fields=["owner", "challenge", "upload_key", "sha256"], name="one_row_for_one_upload"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.RUNNING, lease_until__isnull=False)
                | (~Q(status=Status.RUNNING) & Q(lease_until__isnull=True)),
                name="a_lease_while_running_and_only_then",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "lease_until"], name="submission_state"),
            models.Index(fields=["owner", "-queued_at"], name="submission_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.challenge} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("submissions:detail", args=[self.pk])

    @property
    def is_final(self) -> bool:
        """True if nothing more will happen to it."""
        return self.status not in (Status.QUEUED, Status.RUNNING)

    @property
    def report(self) -> Report:
        """The stored report. Raises msgspec.ValidationError if there is none."""
        return Report.from_json(self.report_json)

    def attachments(self) -> Iterator[Attachment]:
        """What an export adds to the row: the entry, under its digest as everywhere, and the report."""
        yield Attachment(name=f"uploads/{self.sha256}", open=partial(files.stored, self.sha256))
        if self.report_json:
            report = self.report_json.encode()
            yield Attachment(name=f"reports/{self.pk}.json", open=lambda: ContentFile(report))

    @classmethod
    def forget_files(cls, rows: models.QuerySet["Submission"]) -> Callable[[], None]:
        """What removes the entries of these rows once they are gone. The same bytes may be somebody else's, too."""
        return partial(cls.objects.forget_unneeded, set(rows.values_list("sha256", flat=True)))

    def mark_sent(self) -> None:
        """Note that the queue holds a message for it."""
        Submission.objects.filter(pk=self.pk, status=Status.QUEUED).update(sent_at=now())

    def claim(self) -> bool:
        """Move queued -> running under a fresh attempt number. False if a worker was first or it was cancelled."""
        queued = Submission.objects.filter(pk=self.pk, status=Status.QUEUED, attempt=self.attempt)
        started = {"status": Status.RUNNING, "attempt": F("attempt") + 1, "started_at": now()}
        if queued.update(**started, lease_until=fresh_lease()) == 0:
            return False
        self.attempt += 1
        return True

    def renew_lease(self) -> bool:
        """Promise to be alive for a while longer. False if the row is no longer ours."""
        return self._mine().update(lease_until=fresh_lease()) == 1

    def show_progress(self, stage: Stage, fraction: float) -> bool:
        """Write where the grading stands. False if the row is no longer ours."""
        return self._mine().update(stage=stage, stage_fraction=fraction) == 1

    def finish(self, report: Report) -> bool:
        """Move running -> graded or rejected and store the report. False if the row is no longer ours."""
        return self._leave_running(
            status=Status.REJECTED if report.result is Result.REJECTED else Status.GRADED,
            result=report.result,
            points=report.score.points if report.score else None,
            report_json=report.to_json().decode(),
        )

    def fail(self, code: str, params: Params) -> bool:
        """Move running -> failed: our fault, not charged. False if the row is no longer ours."""
        return self._leave_running(status=Status.FAILED, failure_code=code, failure_params=dict(params))

    def retry_when_quieter(self) -> bool:
        """Move running -> queued after a noisy measurement, once. The reaper sends it again, so some time passes."""
        return self._mine().filter(noisy_before=False).update(**BACK_IN_QUEUE, noisy_before=True) == 1

    def cancel(self) -> bool:
        """Move queued -> cancelled. False if a worker was first."""
        queued = Submission.objects.filter(pk=self.pk, status=Status.QUEUED)
        return queued.update(status=Status.CANCELLED, finished_at=now()) == 1

    def _mine(self) -> models.QuerySet["Submission"]:
        return Submission.objects.filter(pk=self.pk, status=Status.RUNNING, attempt=self.attempt)

    def _leave_running(self, **fields: object) -> bool:
        return self._mine().update(finished_at=now(), lease_until=None, **fields) == 1


class WorkerQuerySet(models.QuerySet["Worker"]):
    """What is known about workers."""

    def seen_within(self, seconds: float) -> Self:
        """Workers that gave a sign of life lately."""
        return self.filter(seen_at__gt=now() - timedelta(seconds=seconds))


class Worker(models.Model):
    """A process that grades, and when it last gave a sign of life."""

    name = models.CharField(max_length=255, primary_key=True)
    seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Worker"]] = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
