"""What is known about workers. A row is a process's own account of itself; it outlives the process."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

LINES = {"evaluation": _("Evaluation"), "timing": _("Timing"), "upkeep": _("Upkeep")}


class SelfTest(models.TextChoices):
    """How a worker that times measured a model of which the figures are known."""

    PENDING = "", _("Not made yet")
    PASSED = "passed", _("Passed")
    OFF = "off", _("Figures are off: times nothing")


class WorkerQuerySet(models.QuerySet["Worker"]):
    """The questions that the site asks about workers."""

    def alive(self) -> Self:
        """Workers that gave a sign of life lately."""
        return self.filter(seen_at__gt=now() - timedelta(seconds=settings.WORKER_SILENT_AFTER_S))

    def taking(self, line: str) -> "list[Worker]":
        """Those that live, take work of a queue and are not about to stop."""
        return [worker for worker in self.alive().filter(stopping=False) if worker.takes(line)]

    def see(self, name: str) -> None:
        """Note a sign of life."""
        self.update_or_create(name=name, defaults={"seen_at": now()})

    def begin(self, name: str, lines: list[str], slots: int, environment: Mapping[str, str | int | float]) -> None:
        """Note a process that has started, possibly under the name of one that is gone."""
        begun = Worker(
            name=name,
            seen_at=now(),
            started_at=now(),
            lines=lines,
            slots=slots,
            environment=dict(environment),
        )
        begun.save()

    def stop(self, name: str) -> None:
        """Note one that finishes what it has and takes nothing more."""
        self.filter(name=name).update(stopping=True)


class Worker(models.Model):
    """A process that grades. lines: the queues it takes from; slots: how much at once; environment: of its machine.

    self_test_ratio: the latency that it measured of a model against itself, which is 1.
    """

    name = models.CharField(_("name"), max_length=255, primary_key=True)
    seen_at = models.DateTimeField(_("seen"))
    started_at = models.DateTimeField(_("started"), null=True)
    lines = models.JSONField(_("queues"), default=list)
    slots = models.PositiveIntegerField(_("at once"), default=1)
    environment = models.JSONField(default=dict)
    self_test = models.CharField(_("self-test"), max_length=16, blank=True, choices=SelfTest.choices)
    self_test_ratio = models.FloatField(null=True)
    stopping = models.BooleanField(_("stopping"), default=False)

    objects: ClassVar[models.Manager["Worker"]] = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name

    @property
    def times(self) -> bool:
        """Whether timing is among its queues."""
        return "timing" in self.lines

    @property
    def lines_said(self) -> list[str]:
        """Its queues, in the reader's language."""
        return [str(LINES.get(line, line)) for line in self.lines]

    @property
    def versions(self) -> str:
        """Of what its figures depend on; empty for one that has not told."""
        known = {"ONNX Runtime": "onnxruntime", "Karui": "karui", "Python": "python"}
        return ", ".join(f"{name} {self.environment[key]}" for name, key in known.items() if key in self.environment)

    def takes(self, line: str) -> bool:
        """Whether it takes work of a queue."""
        return line in self.lines and not (line == "timing" and self.self_test == SelfTest.OFF)
