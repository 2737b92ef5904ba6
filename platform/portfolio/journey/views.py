"""The page of a journey. It is its owner's alone, and nobody else has an address for it."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views import SignedIn
from career.progress import goal_of
from career.roadmap import Plan
from portfolio.journey.offers import offers
from portfolio.journey.past import Past
from portfolio.journey.steps import next_steps
from portfolio.journey.timeline import timeline
from skills.standing import evidence_of, standings

PAGE = 30  # lines of the timeline


@login_required
@never_cache
@require_safe
def journey(request: SignedIn) -> HttpResponse:
    """The next step, the role beside what there is for it, and what was done."""
    evidence, goal = evidence_of(request), goal_of(request)
    stands = standings(evidence)
    plan = Plan.of(goal, stands) if goal else None
    lines = timeline(evidence, Past.of(request.user))
    context = {
        "plan": plan,
        "steps": next_steps(plan, stands, offers()) if plan else [],
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "portfolio/journey.html", context)
