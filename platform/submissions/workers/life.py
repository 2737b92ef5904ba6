"""A worker tells of itself: when it starts, while it lives, and when it is asked to stop."""

# mypy: disable-error-code="untyped-decorator"
# Celery has no types

from pathlib import Path
from typing import Any

from celery.signals import heartbeat_sent, worker_ready, worker_shutting_down
from django.conf import settings
from django.db import connection

from grader.errors import SandboxUnavailable
from grader.measure.environment import describe
from grader.sandbox import open_sandbox
from submissions.workers.models import Worker


@worker_ready.connect
def begin(sender: Any, **_: object) -> None:
    """Note what has started."""
    lines = [queue.name for queue in sender.task_consumer.queues]
    Worker.objects.begin(sender.hostname, lines, sender.pool.num_processes, describe(backend()))
    connection.close()


@heartbeat_sent.connect
def live(sender: Any, **_: object) -> None:
    """Note a sign of life. Runs in a thread of Celery's, so the connection is closed."""
    if settings.ALIVE_PATH:
        Path(settings.ALIVE_PATH).touch()
    Worker.objects.see(sender.eventer.hostname)
    connection.close()


@worker_shutting_down.connect
def stop(sender: str, **_: object) -> None:
    """Note that nothing more is taken: what runs is finished first."""
    Worker.objects.stop(sender)
    connection.close()


def backend() -> str:
    """Which sandbox there is on this machine; empty if there is none, so that nothing is graded here."""
    try:
        return open_sandbox().backend
    except SandboxUnavailable:
        return ""
