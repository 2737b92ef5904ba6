"""What the page of a submission tells of measurements on boards, beside what was estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.report import DeviceFacts, LatencyFacts, Report
from submissions.measurements.models import Measurement, MeasurementStatus
from submissions.models import Submission
from submissions.work import OPEN

TOLD = ("board", "cpu_model", "cpu_part", "kernel", "governor", "clock_mhz", "highest_clock_mhz", "onnxruntime")


@dataclass(frozen=True, slots=True)
class OnBoard:
    """One entry on one board. estimate: for the same device, if the report has one."""

    title: str
    board: str
    latency: LatencyFacts
    at: datetime | None
    machine: dict[str, str]
    estimate: DeviceFacts | None

    @classmethod
    def of(cls, row: Measurement, report: Report) -> "OnBoard":
        """A measurement that was handed in."""
        return cls(
            title=row.title,
            board=row.worker,
            latency=row.latency,
            at=row.finished_at,
            machine={name: row.machine[name] for name in TOLD if name in row.machine},
            estimate=report.measured.on_device(row.device) if report.measured else None,
        )

    @property
    def estimate_off(self) -> float | None:
        """By how much of the measured ratio the estimated one is larger; below 0 it was too kind to the entry."""
        return self.estimate.ratio / self.latency.ratio - 1 if self.estimate else None


@dataclass(frozen=True, slots=True)
class OnBoards:
    """What boards have measured of an entry, and by their titles the devices whose boards still have to."""

    measured: Sequence[OnBoard]
    awaited: Sequence[str]

    @classmethod
    def of(cls, submission: Submission, report: Report) -> "OnBoards":
        """All that there is for an entry."""
        rows = list(Measurement.objects.of(submission))
        return cls(
            measured=[OnBoard.of(row, report) for row in rows if row.status == MeasurementStatus.DONE],
            awaited=[row.title for row in rows if row.status in OPEN],
        )
