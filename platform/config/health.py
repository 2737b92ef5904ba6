"""Is the process up, and could a submission be graded now?"""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from config.celery import app
from submissions.models import Worker


def healthz(_: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_: HttpRequest) -> JsonResponse:
    """Database, broker and a living worker: 200 if all are there, 503 with the reason if not."""
    checks = {"database": database, "broker": broker, "worker": worker}
    found = {name: attempt(check) for name, check in checks.items()}
    return JsonResponse(found, status=200 if all(state == "ok" for state in found.values()) else 503)


def attempt(check: Callable[[], None]) -> str:
    """ "ok", or the kind of failure. Never its text, which could name hosts and accounts."""
    try:
        check()
    except Exception as error:
        return type(error).__name__
    return "ok"


def database() -> None:
    """Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker() -> None:
    """Raises OperationalError if it cannot be reached at once."""
    with app.connection_for_write(connect_timeout=1) as queue:
        queue.ensure_connection(max_retries=1, timeout=1)


def worker() -> None:
    """Raises Worker.DoesNotExist if none was seen lately."""
    Worker.objects.alive().latest("seen_at")
