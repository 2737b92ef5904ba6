"""Work that waits for the worker is a state machine in one row. Every transition is one conditional UPDATE.

queued ─claim→ running ───→ a final state that the kind of work names
  │ ↑            └─fail──→ failed (our fault)
  │ └── lease ran out (once)
  └─cancel→ cancelled
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import PurePath
from typing import Self, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.belongings import Attachment
from grader.errors import Params
from submissions import files


class State(StrEnum):
    """The states that all work has in common."""

    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.QUEUED.value, State.RUNNING.value)


class OurFault(models.TextChoices):
    """Failures that the grader itself cannot name, because it did not live to do so."""

    CRASHED = "grader_crashed", _("The grader met an error of its own. It is logged, and we will look at it.")
    WORKER_LOST = "worker_lost", _("The grading process stopped twice before it could finish.")


BACK_IN_QUEUE = {
    "status": State.QUEUED,
    "lease_until": None,
    "sent_at": None,
    "started_at": None,
    "stage": "",
    "stage_fraction": 0.0,
}
LEASED_WHILE_RUNNING = Q(status=State.RUNNING.value, lease_until__isnull=False) | (
    ~Q(status=State.RUNNING.value) & Q(lease_until__isnull=True)
)


def fresh_lease() -> datetime:
    """When a worker that falls silent now has to give its row back."""
    return now() + timedelta(seconds=settings.LEASE_S)


W = TypeVar("W", bound="Work")


class WorkQuerySet(models.QuerySet[W]):
    """What is done to many rows at once, whatever their kind."""

    def reap(self) -> None:
        """Return rows whose worker fell silent to the queue, once; fail those that it happened to before."""
        silent = self.filter(status=State.RUNNING, lease_until__lt=now())
        silent.filter(losses__gte=1).update(
            status=State.FAILED, failure_code=OurFault.WORKER_LOST, finished_at=now(), lease_until=None
        )
        silent.filter(losses=0).update(losses=1, **BACK_IN_QUEUE)

    def unsent(self) -> Self:
        """Queued rows without a message in the queue, as far as one can know: never sent, or sent long ago."""
        long_ago = now() - timedelta(seconds=settings.RESEND_AFTER_S)
        return self.filter(Q(sent_at=None) | Q(sent_at__lt=long_ago), status=State.QUEUED).order_by("queued_at")

    def forget_messages(self) -> None:
        """Treat every queued row as never sent, because the queue may be a new and empty one."""
        self.filter(status=State.QUEUED).update(sent_at=None)


class Work(models.Model):
    """One thing that a person asked the worker to do.

    `attempt` counts claims. It is the fencing token: a worker may only write while it is still its own number, so one
    that lost its lease and wakes up late cannot overwrite its successor. `losses`: how often a lease ran out.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss")
    challenge = models.CharField(_("challenge"), max_length=64)
    status = models.CharField(_("status"), max_length=16, default=State.QUEUED)
    stage = models.CharField(max_length=32, blank=True)
    stage_fraction = models.FloatField(default=0.0)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(_("uploaded"), default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_params = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def is_final(self) -> bool:
        """True if nothing more will happen to it."""
        return self.status not in OPEN

    def mark_sent(self) -> None:
        """Note that the queue holds a message for it."""
        self._rows().filter(status=State.QUEUED).update(sent_at=now())

    def claim(self) -> bool:
        """Move queued -> running under a fresh attempt number. False if a worker was first or it was cancelled."""
        queued = self._rows().filter(status=State.QUEUED, attempt=self.attempt)
        started = {"status": State.RUNNING, "attempt": F("attempt") + 1, "started_at": now()}
        if queued.update(**started, lease_until=fresh_lease()) == 0:
            return False
        self.attempt += 1
        return True

    def renew_lease(self) -> bool:
        """Promise to be alive for a while longer. False if the row is no longer ours."""
        return self._mine().update(lease_until=fresh_lease()) == 1

    def show_progress(self, stage: str, fraction: float) -> bool:
        """Write how far it is. False if the row is no longer ours."""
        return self._mine().update(stage=stage, stage_fraction=fraction) == 1

    def fail(self, code: str, params: Params) -> bool:
        """Move running -> failed: our fault, not charged. False if the row is no longer ours."""
        return self._leave_running(status=State.FAILED, failure_code=code, failure_params=dict(params))

    def cancel(self) -> bool:
        """Move queued -> cancelled. False if a worker was first."""
        queued = self._rows().filter(status=State.QUEUED)
        return queued.update(status=State.CANCELLED, finished_at=now()) == 1

    def _rows(self) -> models.QuerySet[Self]:
        return type(self)._base_manager.filter(pk=self.pk)

    def _mine(self) -> models.QuerySet[Self]:
        return self._rows().filter(status=State.RUNNING, attempt=self.attempt)

    def _leave_running(self, **fields: object) -> bool:
        return self._mine().update(finished_at=now(), lease_until=None, **fields) == 1


class Kept(models.Model):
    """A row that stands for a model file, which the storage keeps under its digest for as long as any row needs it."""

    file_name = models.CharField(_("file"), max_length=255)
    file_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        abstract = True

    @property
    def format(self) -> str:
        """The extension of the file, by which its format is told."""
        return PurePath(self.file_name).suffix.lower().removeprefix(".")

    @classmethod
    def needing(cls) -> models.QuerySet[Self]:
        """The rows whose file is still to be kept."""
        return cls._base_manager.all()

    def attachments(self) -> Iterator[Attachment]:
        """What an export adds to the row: the file, under its digest as everywhere, while it is kept."""
        if self.needing().filter(pk=self.pk).exists():
            yield Attachment(name=f"uploads/{self.sha256}", open=partial(files.stored, self.sha256))

    @classmethod
    def forget_files(cls, rows: models.QuerySet[Self]) -> Callable[[], None]:
        """What removes the files of these rows once they are gone. The same bytes may be somebody else's, too."""
        return partial(forget_unneeded, set(rows.values_list("sha256", flat=True)))


@transaction.atomic
def forget_unneeded(digests: set[str]) -> None:
    """Remove the stored files with these digests that no row of any kind needs any more.

    In a transaction because SQLite lets one in at a time: an upload of the same bytes makes its row before it or after
    it, and puts the bytes back when it has its row.
    """
    needed: set[str] = set()
    for model in Kept.__subclasses__():
        needed.update(model.needing().filter(sha256__in=digests).values_list("sha256", flat=True))
    files.forget(digests - needed)
