"""Where attempts become evidence."""

from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from interviews.drills.book import Drill
from interviews.drills.models import IN_A_ROW, DrillAttempt, Record
from interviews.drills.sheet import Sheet
from interviews.evidence import record_practice


@transaction.atomic
def note(owner: User, sheet: Sheet) -> None:
    """Keep the first answer to a problem, or that its solution was looked at first, and what it shows."""
    answers, is_right = ({}, None) if sheet.gave_up else (sheet.typed, sheet.is_right)
    if DrillAttempt.objects.keep(owner, sheet.drill, sheet.seed, answers, is_right) and is_right:
        speak_for(owner, sheet.drill)


def speak_for(owner: User, drill: Drill) -> None:
    """Record the drill's level in its skills if enough problems were solved in a row. A later slip takes nothing."""
    if DrillAttempt.objects.in_a_row(owner, drill) >= IN_A_ROW:
        record_practice(owner, dict.fromkeys(drill.table.skills, drill.table.level), drill.source)


def attempt(request: HttpRequest, drill: Drill, seed: int) -> DrillAttempt | None:
    """What the reader answered to this problem before. None for a visitor."""
    if not request.user.is_authenticated:
        return None
    return DrillAttempt.objects.filter(owner=request.user, drill__in=drill.ids, seed=seed).first()


def row(request: HttpRequest, drill: Drill) -> int:
    """How many of the reader's latest answers were right, one after another."""
    return DrillAttempt.objects.in_a_row(request.user, drill) if request.user.is_authenticated else 0


def records(request: HttpRequest) -> Mapping[str, Record]:
    """The reader's history with each drill. Empty for a visitor."""
    return DrillAttempt.objects.records_of(request.user) if request.user.is_authenticated else {}
