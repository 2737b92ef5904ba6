"""Work that ends in a report. It has two phases: evaluation, and timing on a machine that times nothing else.

queued ─claim→ running ─finish→ a final state
  │ ↑            │ └────fail──→ failed (our fault, the attempt is not charged)
  │ └── evaluated, or a noisy timing (once), or a fault of ours (once)
  └─cancel→ cancelled
"""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from grader.entry import Entry
from grader.report import Report
from grader.stages import Stage
from submissions.work import BACK_IN_QUEUE, OPEN, Work, WorkQuerySet

if TYPE_CHECKING:
    from submissions.models import Submission


class Phase(models.TextChoices):
    """What waits for a worker, or goes through one."""

    EVALUATION = "evaluation", _("Evaluation")
    TIMING = "timing", _("Timing")


G = TypeVar("G", bound="Gradable")


class GradableQuerySet(WorkQuerySet[G]):
    """The questions that workers ask."""

    def in_phase(self, phase: Phase) -> Self:
        """Those of one queue."""
        return self.filter(phase=phase)

    def open(self) -> Self:
        """Those that wait or run."""
        return self.filter(status__in=OPEN)


class Gradable(Work):
    """One thing to be graded.

    evaluation_s, timing_s: how long a worker had it in each phase; evaluated_by: which one had it in the first.
    """

    from_the_start: ClassVar[dict[str, object]] = BACK_IN_QUEUE | {"phase": Phase.EVALUATION}

    phase = models.CharField(_("phase"), max_length=16, choices=Phase.choices, default=Phase.EVALUATION)
    noisy_before = models.BooleanField(default=False)
    evaluation_s = models.FloatField(null=True, blank=True)
    timing_s = models.FloatField(null=True, blank=True)
    evaluated_by = models.CharField(_("evaluated by"), max_length=255, blank=True)

    class Meta:
        abstract = True

    @property
    def line(self) -> str:
        """The queue in which it waits."""
        return self.phase

    @property
    def graded(self) -> "Submission | None":
        """The submission whose result it makes, if it makes any."""
        raise NotImplementedError

    def entry(self) -> Entry:
        """What is graded. Raises OSError if it is gone, ValueError if it is no longer what it was."""
        raise NotImplementedError

    def finish(self, report: Report) -> bool:
        """Move running -> a final state and store the report. False if the row is no longer ours."""
        raise NotImplementedError

    def hand_on(self) -> bool:
        """Move running -> queued for its timing, once it is evaluated. False if the row is no longer ours."""
        waits = {**BACK_IN_QUEUE, "phase": Phase.TIMING, "stage": Stage.TIME}
        return self._mine().update(**waits, evaluation_s=self.running_s, evaluated_by=F("worker")) == 1

    def retry_when_quieter(self) -> bool:
        """Move running -> queued after a noisy timing, once, and let some time pass."""
        quieter = now() + timedelta(seconds=settings.QUIETER_AFTER_S)
        waits = {**BACK_IN_QUEUE, "stage": Stage.TIME, "not_before": quieter}
        return self._mine().filter(noisy_before=False).update(**waits, noisy_before=True) == 1

    def _took(self) -> dict[str, float]:
        """How long the phase has taken that ends now."""
        return {"evaluation_s" if self.phase == Phase.EVALUATION else "timing_s": self.running_s}
