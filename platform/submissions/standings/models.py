"""One row for each person, challenge, runtime and kind of machine: the entry that counts there."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from submissions.models import Submission


class StandingQuerySet(models.QuerySet["Standing"]):
    """The questions that boards ask."""

    def on(self, challenge: str, version: int, runtime: str, machine: str) -> Self:
        """Those that can be compared with each other."""
        return self.filter(challenge=challenge, version=version, runtime=runtime, machine=machine)

    def best_first(self) -> Self:
        """By points; who reached them first comes first."""
        return self.order_by("-points", "at", "pk")


class Standing(models.Model):
    """Somebody's best entry that holds the gate. Figures repeat its report.

    machine: the CPU on which it was timed, because results of different ones are never compared. noise: half of what
    its latency's interval is worth in points; latency: the upper end of that interval, over the baseline's.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings")
    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="standing")
    challenge = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    runtime = models.CharField(max_length=16)
    machine = models.CharField(max_length=128)
    points = models.FloatField()
    noise = models.FloatField()
    gold = models.BooleanField()
    result = models.CharField(max_length=16)
    accuracy = models.FloatField()
    size_bytes = models.PositiveBigIntegerField()
    memory_bytes = models.PositiveBigIntegerField()
    latency = models.FloatField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["Standing"]] = StandingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "challenge", "version", "runtime", "machine"], name="one_standing_on_a_board"
            )
        ]
        indexes = [
            models.Index(
                fields=["challenge", "version", "runtime", "machine", "-points", "at", "id"], name="standing_on_board"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.challenge} {self.points:.1f}"
