"""The drills: the list, a fresh problem, and its answers."""

from secrets import randbelow

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interviews.drills import progress
from interviews.drills.book import SEEDS, Drill, book
from interviews.drills.models import IN_A_ROW
from interviews.drills.sheet import Sheet


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All drills, and how the reader has done in each."""
    records = progress.records(request)
    tiers = [(tier, [(drill, records.get(drill.id)) for drill in drills]) for tier, drills in book().by_tier()]
    return render(request, "interviews/drills/drills.html", {"tiers": tiers, "in_a_row": IN_A_ROW})


@require_safe
def fresh(request: HttpRequest, drill_id: str) -> HttpResponse:
    """Draw a problem and go to it: its address makes it again."""
    return redirect("interviews:drills_problem", drill_or_404(drill_id).id, randbelow(SEEDS))


@require_http_methods(["GET", "HEAD", "POST"])
def problem(request: HttpRequest, drill_id: str, seed: int) -> HttpResponse:
    """One problem: to answer, or to see solved."""
    drill = drill_or_404(drill_id)
    if seed >= SEEDS:
        raise Http404
    if drill.id != drill_id:
        return redirect("interviews:drills_problem", drill.id, seed, permanent=True)
    before = progress.attempt(request, drill, seed)
    sheet = Sheet(drill, seed, request.POST if request.method == "POST" else None)
    if request.user.is_authenticated and sheet.is_closed:
        progress.note(request.user, sheet)
    context = {"sheet": sheet, "before": before, "row": progress.row(request, drill), "in_a_row": IN_A_ROW}
    return render(request, "interviews/drills/problem.html", context, status=422 if sheet.form.errors else 200)


def drill_or_404(drill_id: str) -> Drill:
    """A drill by its present or a former id. Raises Http404."""
    try:
        return book()[drill_id]
    except KeyError:
        raise Http404 from None
