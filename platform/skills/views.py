"""The pages of the skill map."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from skills.drawing import MapDrawing
from skills.map import skill_map
from skills.materials import materials_for
from skills.standing import standings_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The map, with the reader's own levels in it."""
    standings = standings_of(request)
    tiers = [(tier, [(skill, standings.get(skill.id)) for skill in members]) for tier, members in skill_map().by_tier()]
    drawing = MapDrawing.of(skill_map(), standings, get_language() or "en")
    return render(request, "skills/index.html", {"tiers": tiers, "drawing": drawing, "has_standing": bool(standings)})


@require_safe
def detail(request: HttpRequest, skill_id: str) -> HttpResponse:
    """One skill: what it is, what its levels mean, where to learn it, and what speaks for the reader."""
    known = skill_map()
    if skill_id not in known:
        raise Http404
    skill = known[skill_id]
    if skill.id != skill_id:
        return redirect("skills:detail", skill.id, permanent=True)
    context = {
        "skill": skill,
        "standing": standings_of(request).get(skill.id),
        "leading_to": known.leading_to(skill),
        "opened_by": known.opened_by(skill),
        "materials": materials_for(skill),
    }
    return render(request, "skills/detail.html", context)
