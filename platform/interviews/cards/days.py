"""Days as a learner counts them: they begin at 04:00 by the reader's clock, so that a late evening stays one day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

BEGINS = time(4)
SINCE_MIDNIGHT = timedelta(hours=BEGINS.hour)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one time zone."""

    zone: tzinfo

    def of(self, at: datetime) -> date:
        """The day that a moment belongs to."""
        return (at.astimezone(self.zone).replace(tzinfo=None) - SINCE_MIDNIGHT).date()

    def begin(self, day: date) -> datetime:
        """When a day begins, in UTC."""
        return datetime.combine(day, BEGINS, self.zone).astimezone(UTC)

    def same_time(self, at: datetime, day: date) -> datetime:
        """The moment of `day` at which the clock shows what it shows at `at`, in UTC."""
        clock = at.astimezone(self.zone).time()
        evening = day if clock >= BEGINS else day + timedelta(days=1)
        return datetime.combine(evening, clock, self.zone).astimezone(UTC)
