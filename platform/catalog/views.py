"""The pages of challenges."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from catalog.card import measured_baseline, rows
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from challenges.starter import starter_zip
from content.brief import to_html
from skills.map import skill_map


def spec_or_404(challenge_id: str) -> ChallengeSpec:
    """One challenge. Raises Http404."""
    try:
        return catalogue()[challenge_id]
    except KeyError:
        raise Http404 from None


@require_safe
def challenges(request: HttpRequest) -> HttpResponse:
    """Everything that can be practised."""
    return render(request, "catalog/challenges.html", {"challenges": catalogue().values()})


@require_safe
def challenge(request: HttpRequest, challenge_id: str) -> HttpResponse:
    """Brief, card of figures, starter kit, upload."""
    spec = spec_or_404(challenge_id)
    baseline = measured_baseline(spec.id)
    context = {
        "spec": spec,
        "brief": to_html(spec.brief(get_language() or "en")),
        "skills": [skill_map()[skill] for skill in spec.skills],
        "baseline": baseline,
        "gate": baseline and baseline.accuracy - spec.targets.max_drop,
        "rows": rows(spec.targets, baseline),
    }
    return render(request, "catalog/challenge.html", context)


@require_safe
def starter(request: HttpRequest, challenge_id: str) -> HttpResponse:
    """The starter kit with comments in the reader's language."""
    spec = spec_or_404(challenge_id)
    kit = starter_zip(spec, get_language() or "en")
    disposition = f'attachment; filename="{spec.id}-starter.zip"'
    return HttpResponse(kit, content_type="application/zip", headers={"Content-Disposition": disposition})
