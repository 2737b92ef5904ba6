"""A measurement is a timing of a graded model on a real board, as one more kind of work that waits for a worker.

Boards are no part of the site: they ask its API for work with an operator's token (`api.devices`), so they hold neither
the database's password nor the broker's. Rows wait, are leased, taken back and given up as all others.

queued ─claim→ running ─finish→ done
  ↑ └─withdraw─────┴→ cancelled ←─withdraw─ (whatever it is)
  └─────────────────── measured once more, by an operator
"""

from datetime import datetime, timedelta
from typing import ClassVar, Self

import msgspec
from django.db import models
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from grader.devices.targets import devices
from grader.report import LatencyFacts, Report
from submissions.models import Submission
from submissions.work import BACK_IN_QUEUE, LEASED_WHILE_RUNNING, OPEN, State, Work, WorkQuerySet

LEASE_S = 300  # a board's way to the site may break for a while; it renews three times in that
NAME = 64  # characters


def title_of(device: str) -> str:
    """What a device is called; its bare name where the lab no longer has it."""
    known = devices().get(device)
    return known.title if known else device


class BoardQuerySet(models.QuerySet["Board"]):
    """What is asked about boards."""

    def see(self, device: str, name: str, machine: dict[str, str]) -> None:
        """Note a board that asks for work; one that never did before is registered by that."""
        self.update_or_create(device=device, name=name, defaults={"machine": machine, "seen_at": now()})

    def devices(self) -> list[str]:
        """Those of which there is a board."""
        return sorted(set(self.values_list("device", flat=True)))


class Board(models.Model):
    """A board that has asked for work. While there is one of a device, graded models are queued for that device."""

    device = models.CharField(_("device"), max_length=32)
    name = models.CharField(_("name"), max_length=NAME)
    machine = models.JSONField(_("machine"), default=dict)
    seen_at = models.DateTimeField(_("seen"))

    objects: ClassVar[models.Manager["Board"]] = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        constraints = [models.UniqueConstraint(fields=["device", "name"], name="one_board_of_a_name")]

    def __str__(self) -> str:
        return f"{self.device} {self.name}"


class MeasurementStatus(models.TextChoices):
    """Where a measurement stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Withdrawn")


class MeasurementQuerySet(WorkQuerySet["Measurement"]):
    """How measurements begin, wait and end."""

    def begin(self, submission: Submission, report: Report) -> None:
        """Queue one for each device that has a board, if what was handed in is the model that runs, and an ONNX one."""
        if not report.measured or report.entry.format != "onnx" or report.measured.quantized_by != "candidate":
            return
        asked_by = {"owner_id": submission.owner_id, "challenge": submission.challenge}
        for device in Board.objects.devices():
            self.get_or_create(submission=submission, device=device, defaults=asked_by)

    def on(self, device: str) -> Self:
        """Those of one device whose model is there."""
        return self.filter(device=device, submission__file_removed_at=None)

    def held_by(self, board: str) -> "Measurement | None":
        """What this board has."""
        return self.filter(worker=board, status=State.RUNNING).first()

    def of(self, submission: Submission) -> Self:
        """What is known of one entry, device by device."""
        return self.filter(submission=submission).order_by("device")

    def reap(self) -> None:
        """As all work, but what waits may wait however long it takes, while there are a board and a file."""
        self.take_back()
        waiting = self.filter(status=State.QUEUED)
        waiting.filter(submission__file_removed_at__isnull=False).delete()
        waiting.exclude(device__in=Board.objects.devices()).delete()

    def withdraw(self) -> int:
        """Show and do them no more. How many that were."""
        return self.exclude(status=State.CANCELLED).update(status=State.CANCELLED, lease_until=None, finished_at=now())

    def measure_again(self) -> int:
        """Queue once more what has ended, and forget how. How many that were."""
        forgotten = {"losses": 0, "failure_code": "", "failure_params": {}, "latency_json": "", "finished_at": None}
        return self.exclude(status__in=OPEN).update(**BACK_IN_QUEUE, **forgotten, queued_at=now())


class Measurement(Work):
    """One of them. machine: the board's account of itself when it handed in; latency_json: with all raw samples."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="measurements")
    device = models.CharField(_("device"), max_length=32)
    status = models.CharField(
        _("status"), max_length=16, choices=MeasurementStatus.choices, default=MeasurementStatus.QUEUED
    )
    machine = models.JSONField(_("machine"), default=dict)
    latency_json = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Measurement"]] = MeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("measurement on a board")
        verbose_name_plural = _("measurements on boards")
        constraints = [
            models.UniqueConstraint(fields=["submission", "device"], name="measured_once_on_a_device"),
            models.CheckConstraint(condition=LEASED_WHILE_RUNNING, name="a_measurement_has_a_lease_while_running"),
        ]
        indexes = [models.Index(fields=["status", "lease_until"], name="measurement_state")]

    def __str__(self) -> str:
        return f"{self.device} {self.challenge} {self.id}"

    @property
    def line(self) -> str:
        """The queue in which it waits: boards look into it themselves, nothing is sent."""
        return f"device-{self.device}"

    @property
    def title(self) -> str:
        """What its device is called."""
        return title_of(self.device)

    @property
    def latency(self) -> LatencyFacts:
        """What was measured. Raises msgspec.ValidationError if nothing was yet."""
        return msgspec.json.decode(self.latency_json, type=LatencyFacts)

    @classmethod
    def fresh_lease(cls) -> datetime:
        """Longer than that of workers nearby."""
        return now() + timedelta(seconds=LEASE_S)

    def hand_out_again(self) -> bool:
        """Give it to its board once more, which lost the answer or was started anew. What it had before is void."""
        if self._mine().update(attempt=F("attempt") + 1, lease_until=self.fresh_lease()) == 0:
            return False
        self.attempt += 1
        return True

    def finish(self, latency: LatencyFacts, machine: dict[str, str]) -> bool:
        """Move running -> done and store what was measured. False if the row is no longer the board's."""
        measured = {"latency_json": msgspec.json.encode(latency).decode(), "machine": machine}
        return self._leave_running(status=MeasurementStatus.DONE, **measured)
