"""The trace of every change to a result, and gradings that are made anew for one.

A rejudgement is work beside the submission, whose old result stands until there is a new one.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from grader.entry import Entry
from grader.report import Report
from submissions.gradable import Gradable, GradableQuerySet
from submissions.models import Submission
from submissions.work import LEASED_WHILE_RUNNING, OPEN

REASON = 500  # characters


class Change(models.TextChoices):
    """What was done."""

    REJUDGED = "rejudged", _("Graded anew")
    RESCORED = "rescored", _("Points computed anew")
    DISQUALIFIED = "disqualified", _("Disqualified")
    REINSTATED = "reinstated", _("Reinstated")


class RevisionQuerySet(models.QuerySet["Revision"]):
    """How the trace is written."""

    def note(self, submission: Submission, change: Change, by: User | None, reason: str) -> "Revision":
        """Note what stands before a change. `by` is None for a change that nobody asked for."""
        return self.create(
            submission=submission,
            change=change,
            by=by,
            reason=reason[:REASON],
            status=submission.status,
            result=submission.result,
            gold=submission.gold,
            points=submission.points,
            report_json=submission.report_json,
        )


class Revision(models.Model):
    """One change of a result: who, when and why, and what stood before it, the whole report included."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="revisions")
    change = models.CharField(_("change"), max_length=16, choices=Change.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=REASON)
    at = models.DateTimeField(_("at"), default=now)
    status = models.CharField(_("status"), max_length=16)
    result = models.CharField(_("result"), max_length=16, blank=True)
    gold = models.BooleanField(default=False)
    points = models.FloatField(_("points"), null=True, blank=True)
    report_json = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Revision"]] = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a result")
        verbose_name_plural = _("changes of results")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.change} {self.submission_id}"


class RejudgementStatus(models.TextChoices):
    """Where a rejudgement stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Cancelled")


class RejudgementQuerySet(GradableQuerySet["Rejudgement"]):
    """How rejudgements begin."""

    def begin(self, submission: Submission, by: User, reason: str) -> bool:
        """Queue one. False if the submission has one that waits or runs, or is not final itself."""
        if submission.status in OPEN or self.open().filter(submission=submission).exists():
            return False
        self.create(
            submission=submission,
            owner_id=submission.owner_id,
            challenge=submission.challenge,
            by=by,
            reason=reason[:REASON],
        )
        return True


class Rejudgement(Gradable):
    """A grading of a submission's stored file, asked for by an operator. It waits below what people hand in."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="rejudgements")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=REASON)
    status = models.CharField(
        _("status"), max_length=16, choices=RejudgementStatus.choices, default=RejudgementStatus.QUEUED
    )

    objects: ClassVar[models.Manager["Rejudgement"]] = RejudgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("rejudgement")
        verbose_name_plural = _("rejudgements")
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(status__in=OPEN), name="one_open_rejudgement_at_a_time"
            ),
            models.CheckConstraint(condition=LEASED_WHILE_RUNNING, name="a_rejudgement_has_a_lease_while_running"),
        ]
        indexes = [models.Index(fields=["status", "lease_until"], name="rejudgement_state")]

    def __str__(self) -> str:
        return f"{self.challenge} {self.id}"

    @property
    def graded(self) -> Submission:
        """The submission whose result it makes."""
        return self.submission

    def entry(self) -> Entry:
        """What was handed in."""
        return self.submission.entry()

    def finish(self, report: Report) -> bool:
        """Move running -> done, and let the report stand in place of the one before. False if it is not ours."""
        if not self._leave_running(status=RejudgementStatus.DONE, **self._took()):
            return False
        Revision.objects.note(self.submission, Change.REJUDGED, self.by, self.reason)
        self.submission.take(report, judged_anew_at=now())
        return True
