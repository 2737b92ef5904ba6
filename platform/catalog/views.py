"""The pages of challenges."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from catalog.absent import absent, waiting
from catalog.card import measured_baseline, rows
from catalog.demands import demands
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from challenges.starter import starter_zip
from content.brief import to_html
from grader.challenge import Baseline
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
    shown = sorted(catalogue().values(), key=lambda spec: spec.minutes)
    return render(request, "catalog/challenges.html", {"challenges": shown, "missing": waiting(shown)})


@require_safe
def challenge(request: HttpRequest, challenge_id: str) -> HttpResponse:
    """Brief, hints, card of figures, rules, starter kit, upload; without its data, how to get it."""
    spec = spec_or_404(challenge_id)
    missing, language = absent(spec), get_language() or "en"
    context = {
        "spec": spec,
        "brief": to_html(spec.brief(language)),
        "hints": [to_html(hint[language]) for hint in spec.lessons().hints],
        "skills": [skill_map()[skill] for skill in spec.skills],
        "demands": demands(spec.rules),
        "missing": missing,
        **figures(spec, None if missing else measured_baseline(spec.id)),
    }
    return render(request, "catalog/challenge.html", context)


def figures(spec: ChallengeSpec, baseline: Baseline | None) -> dict[str, object]:
    """What the card shows."""
    gold = spec.targets.gold
    return {
        "baseline": baseline,
        "gate": baseline and baseline.accuracy - spec.targets.max_drop,
        "gold": gold,
        "gold_gate": baseline and gold and baseline.accuracy - gold.max_drop,
        "rows": rows(spec.targets, baseline),
    }


@require_safe
def starter(request: HttpRequest, challenge_id: str) -> HttpResponse:
    """The starter kit with comments in the reader's language."""
    spec = spec_or_404(challenge_id)
    if absent(spec):
        raise Http404
    kit = starter_zip(spec, get_language() or "en")
    disposition = f'attachment; filename="{spec.id}-starter.zip"'
    return HttpResponse(kit, content_type="application/zip", headers={"Content-Disposition": disposition})
