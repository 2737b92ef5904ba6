"""What goes through the queue: turns. A turn names no row; which one is next, the database says, so that it is fair."""

# mypy: disable-error-code="untyped-decorator"
# Celery has no types

from collections.abc import Callable, Iterator
from typing import Any

import structlog
from celery import current_app, shared_task
from celery.signals import worker_ready
from django.db import connection

from submissions import files, grading
from submissions.gradable import Phase
from submissions.measurements.models import Measurement
from submissions.models import Submission
from submissions.trials import running
from submissions.trials.models import LINE, Trial
from submissions.work import Work
from submissions.workers import life  # noqa: F401  # it connects itself to what Celery tells of a worker
from submissions.workers.clock import clock_is_right

KINDS: tuple[Any, ...] = (*grading.KINDS, Trial)
log = structlog.get_logger("karui.queue")


@shared_task(bind=True)
def evaluate(self: Any) -> None:
    """A turn at the evaluation of submissions."""
    take_turn(grading.evaluate_next, self.request.hostname)


@shared_task(bind=True)
def time(self: Any) -> None:
    """A turn at the timing of submissions."""
    take_turn_by_the_clock(grading.time_next, self.request.hostname)


@shared_task(bind=True)
def run_trial(self: Any) -> None:
    """A turn at the trials."""
    take_turn_by_the_clock(running.run_next, self.request.hostname)


def take_turn_by_the_clock(do_next: Callable[[str], Work | None], hostname: str | None) -> None:
    """Do what is next, if what this worker times can be believed."""
    if clock_is_right(hostname):
        take_turn(do_next, hostname)
    else:
        leave_timing_to_others(hostname)


TURNS: dict[str, Any] = {Phase.EVALUATION: evaluate, Phase.TIMING: time, LINE: run_trial}


def take_turn(do_next: Callable[[str], Work | None], hostname: str | None) -> None:
    """Do what is next. Then its owner may have one more begun, for which turns may have gone by in vain."""
    if done := do_next(hostname or ""):
        for rows in lines():
            theirs = rows.filter(owner=done.owner_id)
            for row in {*theirs.unsent(), *theirs.waiting()[:1]}:
                send(row)


def lines() -> Iterator[Any]:
    """The rows of each queue, kind by kind."""
    for kind in grading.KINDS:
        for phase in Phase:
            yield kind.objects.in_phase(phase)
    yield Trial.objects.all()


@shared_task
def reap() -> None:
    """Take back what silent workers held, send again whatever waits without a message, and tidy up."""
    files.sweep_abandoned()
    for kind in KINDS:
        kind.objects.reap()
        for row in kind.objects.unsent():
            send(row)
    Measurement.objects.reap()
    grading.sweep_evaluated()
    Submission.objects.outdated().remove_files()


def send(row: Work) -> None:
    """Add a turn for it. Whatever is wrong with the queue, the row keeps waiting and the reaper tries again."""
    try:
        TURNS[row.line].delay()
    except Exception:
        log.exception("not_sent", row=str(row.pk))
    else:
        row.mark_sent()


def leave_timing_to_others(hostname: str | None) -> None:
    """Take no more turns at timing, and give this one back."""
    if hostname:
        current_app.control.cancel_consumer(Phase.TIMING, destination=[hostname])
    for kind in grading.KINDS:
        kind.objects.in_phase(Phase.TIMING).forget_messages()
    Trial.objects.all().forget_messages()


@worker_ready.connect
def rebuild_queue(**_: object) -> None:
    """A queue can be lost with its machine, but the database is the truth: each worker that starts sends what waits."""
    for kind in KINDS:
        kind.objects.forget_messages()
    reap()
    connection.close()
