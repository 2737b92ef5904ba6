"""The guide, what the work pays, the inventory and the road from there."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from career import progress
from career.charts import SalaryChart
from career.forms import GoalForm, InventoryForm, PlacementForm
from career.guide import Chapter, guide
from career.roadmap import Plan
from career.search import search
from career.sources import sources
from skills.standing import declare, declared_levels, standings_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All chapters, and which of them the reader has read."""
    read = progress.chapters_read(request)
    return render(request, "career/guide.html", {"chapters": guide().chapters.values(), "read": read})


@require_safe
def chapter(request: HttpRequest, chapter_id: str) -> HttpResponse:
    """One chapter."""
    found = chapter_or_404(chapter_id)
    if found.id != chapter_id:
        return redirect(found, permanent=True)
    before, after = guide().around(found)
    is_read = found.id in progress.chapters_read(request)
    return render(
        request, "career/chapter.html", {"chapter": found, "before": before, "after": after, "is_read": is_read}
    )


@require_POST
def read(request: HttpRequest, chapter_id: str) -> HttpResponse:
    """Note a chapter as read, and go on to the next one."""
    found = chapter_or_404(chapter_id)
    progress.mark_read(request, found.id)
    _before, after = guide().around(found)
    return redirect(after or "career:guide")


def chapter_or_404(chapter_id: str) -> Chapter:
    """A chapter by its present or a former id. Raises Http404."""
    try:
        return guide().chapters[guide().current_id(chapter_id)]
    except KeyError:
        raise Http404 from None


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Full-text search."""
    query = request.GET.get("q", "").strip()
    hits = search(query, get_language() or "en")
    return render(request, "career/search.html", {"query": query, "hits": hits})


@require_safe
@vary_on_headers("HX-Request")
def salary(request: HttpRequest) -> HttpResponse:
    """The bands, and where the reader stands in them: htmx asks for the chart alone as the form changes."""
    form = PlacementForm(request.GET if "years" in request.GET else None)
    chart = SalaryChart.of(form.region, form.placement(), get_language() or "en")
    template = "career/_salary.html" if request.headers.get("HX-Request") else "career/salary.html"
    context = {"form": form, "chart": chart, "source": sources()[chart.region.source]}
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def inventory(request: HttpRequest) -> HttpResponse:
    """Take stock: what one says of oneself becomes evidence of the weakest kind."""
    form = InventoryForm(request.POST or None, initial=declared_levels(request))
    if form.is_valid():
        declare(request, form.levels)
        return redirect("career:result")
    return render(request, "career/inventory.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def result(request: HttpRequest) -> HttpResponse:
    """Where the reader stands against a goal, and the choice of one."""
    goal = progress.goal_of(request)
    form = GoalForm(request.POST or None, initial=goal and {"seniority": goal.seniority, "domain": goal.domain})
    if form.is_valid():
        progress.aim(request, **form.cleaned_data)
        return redirect("career:result")
    context = {"form": form, "plan": plan_for(request), "has_standing": bool(standings_of(request))}
    return render(request, "career/result.html", context, status=422 if form.errors else 200)


@require_safe
def roadmap(request: HttpRequest) -> HttpResponse:
    """The ordered plan. Without a goal there is none, so the reader is asked for one."""
    plan = plan_for(request)
    if plan is None:
        messages.info(request, _("Choose a role first: the roadmap leads to it."))
        return redirect("career:result")
    return render(request, "career/roadmap.html", {"plan": plan})


def plan_for(request: HttpRequest) -> Plan | None:
    """The reader's standing against their goal. None if they have no goal."""
    goal = progress.goal_of(request)
    return Plan.of(goal, standings_of(request)) if goal else None
