"""The pages of challenges."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from catalog.absent import absent, absent_lab, waiting
from catalog.card import measured_baseline, rows
from catalog.demands import demands
from catalog.kernels import kernel_rows
from challenges.judge import model_spec
from challenges.kernels.spec import KernelSpec
from challenges.registry import everything
from challenges.spec import ChallengeSpec, Spec
from challenges.starter import starter_zip
from content.brief import to_html
from grader.challenge import Baseline
from skills.map import skill_map


def spec_or_404(challenge_id: str) -> Spec:
    """One challenge of any kind. Raises Http404."""
    try:
        return everything()[challenge_id]
    except KeyError:
        raise Http404 from None


def model_or_404(challenge_id: str) -> ChallengeSpec:
    """One challenge for models. Raises Http404."""
    spec = spec_or_404(challenge_id)
    if not isinstance(spec, ChallengeSpec):
        raise Http404
    return spec


@require_safe
def challenges(request: HttpRequest) -> HttpResponse:
    """Everything that can be practised."""
    shown = sorted(everything().values(), key=lambda spec: spec.minutes)
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
        "missing": missing,
        "lacks_lab": missing is not None and missing == absent_lab(),
        **asked_for(spec, measured=not missing),
    }
    return render(request, "catalog/challenge.html", context)


def asked_for(spec: Spec, *, measured: bool) -> dict[str, object]:
    """What the card shows, of a model or of a kernel."""
    if isinstance(spec, KernelSpec):
        return {"rows": kernel_rows(spec), "coefficients": [target.device for target in spec.targets]}
    return figures(model_spec(spec), measured_baseline(spec.id) if measured else None)


def figures(spec: ChallengeSpec, baseline: Baseline | None) -> dict[str, object]:
    """Rules, gates and targets."""
    gold = spec.targets.gold
    return {
        "demands": demands(spec.rules),
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
