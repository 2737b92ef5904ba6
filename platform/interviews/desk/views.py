"""The system design desk: the scenarios, a canvas with a calculator, and the judgement of one's own design."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.posting import signed_in_to_post, signed_in_to_send
from accounts.views import SignedIn
from interviews.desk.devices import devices
from interviews.desk.forms import BudgetForm, ReviewForm, as_query
from interviews.desk.models import Design, typed_design
from interviews.desk.outcome import LEAST_CHARACTERS, Outcome, judge
from interviews.desk.readings import asked, device_figures, rows
from interviews.desk.scenarios import Scenario, scenarios
from interviews.drafts import CHANGED_ELSEWHERE, answer_save, store
from skills.materials import materials_for


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """All scenarios, and how far the reader is with each."""
    begun = Design.objects.begun_by(request)
    offered = [(scenario, begun.get(scenario.id)) for scenario in scenarios().values()]
    return render(request, "interviews/desk/desk.html", {"offered": offered})


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def scenario(request: HttpRequest, scenario_id: str) -> HttpResponse:
    """Story, canvas and calculator. htmx asks for the figures alone as the inputs change; a button posts it all."""
    found = scenario_or_404(scenario_id)
    if request.method == "POST":
        return save(cast(SignedIn, request), found)
    design = Design.objects.begun_by(request).get(found.id)
    set_by_reader = request.GET if "device" in request.GET else None
    context = page(found, BudgetForm(set_by_reader or (design and design.budget) or None, found.start))
    if request.headers.get("HX-Request"):
        return render(request, "interviews/desk/_budget.html", context)
    context |= {"design": design, "canvas": canvas(found, design, design.texts if design else {})}
    return render(request, "interviews/desk/scenario.html", context)


@login_required
def save(request: SignedIn, found: Scenario) -> HttpResponse:
    """Keep what was typed; say so if another tab was first, or if the budget cannot be computed from it."""
    design, texts = Design.objects.begin(request.user, found), typed_design(request)
    stored = store(request, design, texts)
    form = BudgetForm(texts.get("budget"), found.start)
    if stored and form.is_valid():
        return redirect("interviews:desk_review" if "judge" in request.POST else "interviews:desk_scenario", found.id)
    context = page(found, form) | {"design": design, "canvas": canvas(found, design, texts), "stored": stored}
    status = 422 if stored else CHANGED_ELSEWHERE
    return render(request, "interviews/desk/scenario.html", context, status=status)


@signed_in_to_send
def draft(request: SignedIn, scenario_id: str) -> HttpResponse:
    """The same while it is typed."""
    design = Design.objects.begin(request.user, scenario_or_404(scenario_id))
    return answer_save(request, design, typed_design(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedIn, scenario_id: str) -> HttpResponse:
    """Each part of the own design beside the sample and the rubric; the reader judges."""
    found = scenario_or_404(scenario_id)
    design = Design.objects.begun_by(request).get(found.id)
    if design is None:
        return redirect(found)
    form = ReviewForm(request.POST or None, initial=design.grades)
    if form.is_valid():
        judge(request.user, found, design, form.cleaned_data)
        return redirect("interviews:desk_result", found.id)
    parts = [(section, table, design.texts[section], form[section]) for section, table in found.sections()]
    context = page(found, BudgetForm(design.budget or None, found.start)) | {"review": form, "parts": parts}
    status = 422 if form.errors else 200
    return render(request, "interviews/desk/review.html", context, status=status)


@login_required
@require_safe
def result(request: SignedIn, scenario_id: str) -> HttpResponse:
    """What the judgement shows, and where to go on."""
    found = scenario_or_404(scenario_id)
    design = Design.objects.begun_by(request).get(found.id)
    if design is None or design.judged_at is None:
        return redirect(found)
    outcome = Outcome(found, design, design.grades)
    steps = [(skill, materials_for(skill)) for skill in outcome.to_learn]
    context = {"scenario": found, "design": design, "outcome": outcome, "steps": steps, "least": LEAST_CHARACTERS}
    return render(request, "interviews/desk/result.html", context)


@signed_in_to_post
def again(request: SignedIn, scenario_id: str) -> HttpResponse:
    """Empty the design and begin anew. What it showed stays until it is judged again."""
    found = scenario_or_404(scenario_id)
    Design.objects.begin(request.user, found).start_over()
    return redirect(found)


def scenario_or_404(scenario_id: str) -> Scenario:
    """A scenario by its id. Raises Http404."""
    try:
        return scenarios()[scenario_id]
    except KeyError:
        raise Http404 from None


def page(found: Scenario, form: BudgetForm) -> dict[str, Any]:
    """What every page with a calculator shows."""
    inputs = form.inputs()
    figures = rows(inputs, found.requirements) if inputs else []
    missed = sum(row.is_met is False for row in figures)
    device = devices()[inputs.device] if inputs else None
    return {
        "scenario": found,
        "asked": asked(found.requirements),
        "sample_query": as_query(found.solution),
        "form": form,
        "rows": figures,
        "missed": missed,
        "device": device,
        "device_figures": device_figures(device) if device else [],
    }


def canvas(found: Scenario, design: Design | None, texts: Mapping[str, Any]) -> list[tuple[Any, Any, str, str]]:
    """The parts of the canvas: what was typed, and what is saved."""
    saved = design.texts if design else {}
    return [(section, table, texts.get(section, ""), saved.get(section, "")) for section, table in found.sections()]
