"""What a measurement hangs on that changes with time: the runtime, and the formula of the score."""

from dataclasses import dataclass

from grader.report import Report
from grader.runtimes.base import RUNTIMES
from grader.scoring import FORMULA
from submissions.remeasurements.models import Remeasurement


@dataclass(frozen=True, slots=True)
class Versions:
    """runtime: its name and its version; empty in reports from before it was noted."""

    runtime: str
    formula: str

    @classmethod
    def of(cls, report: Report) -> "Versions":
        """Those that a report was made with. Without a score there is no formula."""
        return cls(report.entry.runtime, report.score.formula if report.score else "")

    @classmethod
    def asked(cls, row: Remeasurement) -> "Versions":
        """Those for which something is measured once more."""
        return cls(row.runtime, row.formula)

    @classmethod
    def of_today(cls, model_format: str) -> "Versions | None":
        """Those that are installed here for a format. None if its runtime is not."""
        runtime = RUNTIMES.get(model_format)
        version = runtime.version() if runtime else ""
        return cls(f"{runtime.name} {version}", FORMULA) if runtime and version else None
