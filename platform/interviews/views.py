"""The front page of interview practice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from interviews.bank.bank import bank
from interviews.desk.scenarios import scenarios
from interviews.drills.book import book
from interviews.today import Today


@require_safe
def hub(request: HttpRequest) -> HttpResponse:
    """What there is to practise, and what waits for the reader."""
    context = {
        "today": Today.of(request.user) if request.user.is_authenticated else None,
        "questions": len(bank().questions),
        "drills": len(book().drills),
        "scenarios": len(scenarios()),
    }
    return render(request, "interviews/hub.html", context)
