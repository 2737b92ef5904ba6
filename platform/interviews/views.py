"""The front page of interview practice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def hub(request: HttpRequest) -> HttpResponse:
    """What there is to practise."""
    return render(request, "interviews/hub.html")
