"""Work that waits for a worker is a state machine in one row. Every transition is one conditional UPDATE.

queued ─claim→ running ───→ a final state that the kind of work names
  │ ↑            │
  │ └─ our fault ┴────────→ failed (our fault, the second time)
  ├─cancel→ cancelled
  └─ waited beyond all reason → failed (our fault)
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import PurePath
from typing import ClassVar, Self, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
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
    TOOK_TOO_LONG = "took_too_long", _("The grading process took far longer than any should, twice.")
    WAITED_TOO_LONG = "waited_too_long", _("No worker took it up in time.")


BACK_IN_QUEUE: dict[str, object] = {
    "status": State.QUEUED,
    "lease_until": None,
    "sent_at": None,
    "started_at": None,
    "stage": "",
    "stage_fraction": 0.0,
}
FAILED = {"status": State.FAILED, "lease_until": None}
LEASED_WHILE_RUNNING = Q(status=State.RUNNING.value, lease_until__isnull=False) | (
    ~Q(status=State.RUNNING.value) & Q(lease_until__isnull=True)
)


def ago(minutes: float) -> datetime:
    """The moment before which a row has been in its state for too long."""
    return now() - timedelta(minutes=minutes)


W = TypeVar("W", bound="Work")


class WorkQuerySet(models.QuerySet[W]):
    """What is done to many rows at once, whatever their kind."""

    def waiting(self) -> Self:
        """Queued rows that are due, in fair order: everybody's next one before anybody's second, and else as they came.

        running: how many of the owner's rows run now; turn: the place of the row among the owner's own.
        """
        same = self.model._base_manager.filter(owner=OuterRef("owner"), status=State.RUNNING).order_by()
        counted = same.values("owner").annotate(count=Count("pk")).values("count")
        place = Window(RowNumber(), partition_by="owner", order_by=("queued_at", "pk"))
        due = self.filter(Q(not_before=None) | Q(not_before__lte=now()), status=State.QUEUED)
        return (
            due.annotate(running=Coalesce(Subquery(counted), 0))
            .annotate(turn=F("running") + place)
            .order_by("turn", "queued_at", "pk")
        )

    def next_in_turn(self) -> W | None:
        """The row to be claimed next. None if nobody waits but people who have as much running as one may have."""
        return self.waiting().filter(running__lt=settings.RUNNING_AT_ONCE).first()

    def may_begin(self, owner_id: int) -> bool:
        """Whether this person has less running than one may have."""
        at_once: int = settings.RUNNING_AT_ONCE
        return self.model._base_manager.filter(owner=owner_id, status=State.RUNNING).count() < at_once

    def reap(self) -> None:
        """Take back what silent or endless workers hold; fail what waited too long."""
        self.take_back()
        waited = self.filter(status=State.QUEUED, queued_at__lt=ago(settings.QUEUED_LIMIT_MIN))
        waited.update(**FAILED, failure_code=OurFault.WAITED_TOO_LONG, finished_at=now())

    def take_back(self) -> None:
        """Queue what silent or endless workers hold, once; fail what it happened to before."""
        running = self.filter(status=State.RUNNING)
        lost, endless = Q(lease_until__lt=now()), Q(started_at__lt=ago(settings.RUNNING_LIMIT_MIN))
        self._give_back(running.filter(lost), OurFault.WORKER_LOST)
        self._give_back(running.filter(endless), OurFault.TOOK_TOO_LONG)

    def _give_back(self, rows: Self, fault: OurFault) -> None:
        rows.filter(losses__gte=1).update(**FAILED, failure_code=fault, finished_at=now())
        rows.filter(losses=0).update(losses=1, **self.model.from_the_start)

    def unsent(self) -> Self:
        """Rows that are due without a message in the queue, as far as one can know: never sent, or sent long ago."""
        long_ago = now() - timedelta(seconds=settings.RESEND_AFTER_S)
        return self.waiting().filter(Q(sent_at=None) | Q(sent_at__lt=long_ago))

    def forget_messages(self) -> None:
        """Treat every queued row as never sent, because the queue may be a new and empty one."""
        self.filter(status=State.QUEUED).update(sent_at=None)


class Work(models.Model):
    """One thing that a person asked a worker to do. `worker`: the name of the one that has it, or had it last.

    `line` names the queue in which it waits. `attempt` counts claims. It is the fencing token: a worker may only write
    while it is still its own number, so one that lost its lease and wakes up late cannot overwrite its successor.
    `losses`: how often a fault of ours sent it back.
    """

    from_the_start: ClassVar[dict[str, object]] = BACK_IN_QUEUE

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss", verbose_name=_("handed in by")
    )
    challenge = models.CharField(_("challenge"), max_length=64)
    status = models.CharField(_("status"), max_length=16, default=State.QUEUED)
    stage = models.CharField(max_length=32, blank=True)
    stage_fraction = models.FloatField(default=0.0)
    worker = models.CharField(_("worker"), max_length=255, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(_("uploaded"), default=now)
    not_before = models.DateTimeField(null=True, blank=True)
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

    @property
    def line(self) -> str:
        """The queue in which it waits."""
        raise NotImplementedError

    @property
    def running_s(self) -> float:
        """How long its worker has had it."""
        return (now() - self.started_at).total_seconds() if self.started_at else 0.0

    @classmethod
    def fresh_lease(cls) -> datetime:
        """When a worker that falls silent now has to give its row back."""
        return now() + timedelta(seconds=settings.LEASE_S)

    def mark_sent(self) -> None:
        """Note that the queue holds a message for it."""
        self._rows().filter(status=State.QUEUED).update(sent_at=now())

    def claim(self, worker: str = "") -> bool:
        """Move queued -> running under a fresh attempt number. False if a worker was first or it was cancelled."""
        queued = self._rows().filter(status=State.QUEUED, attempt=self.attempt)
        started_at = now()
        started = {"status": State.RUNNING, "attempt": F("attempt") + 1, "started_at": started_at, "worker": worker}
        if queued.update(**started, lease_until=self.fresh_lease()) == 0:
            return False
        self.attempt, self.started_at = self.attempt + 1, started_at
        return True

    def renew_lease(self) -> bool:
        """Promise to be alive for a while longer. False if the row is no longer ours."""
        return self._mine().update(lease_until=self.fresh_lease()) == 1

    def show_progress(self, stage: str, fraction: float) -> bool:
        """Write how far it is. False if the row is no longer ours."""
        return self._mine().update(stage=stage, stage_fraction=fraction) == 1

    def fail(self, code: str, params: Params) -> bool:
        """Move running -> queued after a fault of ours, or failed if it is the second. False if it is not ours."""
        if self._mine().filter(losses=0).update(losses=1, **self.from_the_start):
            return True
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
