"""What works and what waits, for everybody who wonders why nothing moves."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from submissions.measurements.models import Board, Measurement, title_of
from submissions.models import Phase, Status, Submission, Trial, Worker
from submissions.story import failure
from submissions.work import State

DAY = timedelta(days=1)
FAILURES = 10


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Workers, queues and the last failures. Names of machines are for operators."""
    queued = Submission.objects.filter(status=Status.QUEUED)
    lines = [{"name": phase.label, **standing(queued.filter(phase=phase))} for phase in Phase]
    lines.append({"name": _("Trials"), **standing(Trial.objects.filter(status=State.QUEUED))})
    lines += [{"name": title_of(name), **standing(for_boards(name))} for name in Board.objects.devices()]
    context = {
        "workers": Worker.objects.alive().order_by("name"),
        "lines": lines,
        "graded": Submission.objects.filter(finished_at__gt=now() - DAY, status=Status.GRADED).count(),
        "failures": [(row, failure(row).message) for row in Submission.objects.last_failures()[:FAILURES]],
    }
    return render(request, "submissions/status.html", context)


def for_boards(device: str) -> QuerySet[Measurement]:
    """What waits for a board of this device."""
    return Measurement.objects.filter(device=device, status=State.QUEUED)


def standing(waiting: QuerySet[Any]) -> dict[str, object]:
    """How many wait, and since when the first one does."""
    return waiting.aggregate(count=Count("pk"), since=Min("queued_at"))
