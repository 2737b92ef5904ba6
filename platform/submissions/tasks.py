"""What goes through the queue. A task takes an id, and the row decides whether there is anything to do."""

# mypy: disable-error-code="untyped-decorator"
# Celery has no types

from typing import Any

import structlog
from celery import shared_task
from celery.signals import heartbeat_sent, worker_ready
from django.db import connection
from django.utils.timezone import now

from submissions import files, grading
from submissions.models import Submission, Worker
from submissions.trials import running
from submissions.trials.models import Trial

log = structlog.get_logger("karui.queue")


@shared_task
def grade(submission_id: str) -> None:
    """Grade one submission, if it still waits for it."""
    if submission := Submission.objects.filter(pk=submission_id).first():
        grading.grade(submission)


@shared_task
def run_trial(trial_id: str) -> None:
    """Run one trial, if it still waits for it."""
    if trial := Trial.objects.filter(pk=trial_id).first():
        running.run(trial)


TASKS: dict[type[Submission] | type[Trial], Any] = {Submission: grade, Trial: run_trial}


@shared_task
def reap() -> None:
    """Take back what silent workers held, send again whatever waits without a message, and tidy up."""
    files.sweep_abandoned()
    for kind in TASKS:
        kind.objects.reap()
        for row in kind.objects.unsent():
            send(row)


def send(row: Submission | Trial) -> None:
    """Put the id in the queue. Whatever is wrong with the queue, the row keeps waiting and the reaper tries again."""
    try:
        TASKS[type(row)].delay(str(row.pk))
    except Exception:
        log.exception("not_sent", row=str(row.pk))
    else:
        row.mark_sent()


@worker_ready.connect
def rebuild_queue(**_: object) -> None:
    """A queue can be lost with its machine, but the database is the truth: each worker that starts sends what waits."""
    for kind in TASKS:
        kind.objects.forget_messages()
    reap()
    connection.close()


@heartbeat_sent.connect
def note_worker(sender: Any, **_: object) -> None:
    """Keep the time of the worker's last sign of life. Runs in a thread of Celery's, so the connection is closed."""
    Worker.objects.update_or_create(name=sender.eventer.hostname, defaults={"seen_at": now()})
    connection.close()
