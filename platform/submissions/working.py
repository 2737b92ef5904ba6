"""A worker at a row: claim whichever is next, keep its lease, do what it asks for, and write how it ended."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from types import TracebackType
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from grader.errors import GraderError
from submissions.work import OurFault, Work, WorkQuerySet

log = structlog.get_logger("karui.grading")
WRITE_EVERY_S = 0.5
W = TypeVar("W", bound=Work)
T = TypeVar("T")


def claimed(rows: WorkQuerySet[W], worker: str = "") -> W | None:
    """Claim the row whose turn it is for a worker; None if there is none.

    The person's own row is locked meanwhile: two workers at once cannot both begin what is one too many for them.
    """
    while row := rows.next_in_turn():
        with transaction.atomic():
            User.objects.select_for_update().filter(pk=row.owner_id).first()
            if rows.may_begin(row.owner_id) and row.claim(worker):
                return row
    return None


def work_on(row: W, measure: Callable[[W], T], store: Callable[[W, T], None]) -> None:
    """Do what a claimed row asks for, and keep its lease meanwhile."""
    with structlog.contextvars.bound_contextvars(**{row._meta.model_name or "": str(row.pk), "attempt": row.attempt}):
        log.info("claimed")
        with Lease(row):
            conclude(row, measure, store)


def conclude(row: W, measure: Callable[[W], T], store: Callable[[W, T], None]) -> None:
    """Do what a claimed row asks for. An error is ours: what the candidate can mend is a result."""
    try:
        measured = measure(row)
    except GraderError as error:
        log.exception("failed", code=error.code)
        row.fail(error.code, error.params)
    except Exception:
        log.exception("crashed")
        row.fail(OurFault.CRASHED, {})
    else:
        store(row, measured)


class ProgressWriter:
    """Writes the stage to the row: every new one at once, fractions at most twice a second."""

    def __init__(self, row: Work) -> None:
        self.row = row
        self.stage: str | None = None
        self.written_at_s = 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        """Take note of progress."""
        if stage == self.stage and time.monotonic() - self.written_at_s < WRITE_EVERY_S:
            return
        self.stage, self.written_at_s = stage, time.monotonic()
        self.row.show_progress(stage, fraction)


class Lease(AbstractContextManager["Lease"]):
    """Renews a row's lease from a thread of its own, because one stage can take longer than a lease."""

    def __init__(self, row: Work) -> None:
        self.row = row
        self.done = Event()
        self.thread = Thread(target=self.keep, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.done.set()
        self.thread.join()

    def keep(self) -> None:
        """Renew three times a lease; a database that is away for a moment is asked again at the next turn."""
        while not self.done.wait(settings.LEASE_S / 3):
            try:
                if not self.row.renew_lease():
                    return
            except DatabaseError:
                log.exception("lease_not_renewed")
            finally:
                connection.close()
