"""Exports of a public page. Of a private one there is nothing under any of these addresses."""

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portfolio.claims.models import Claim
from portfolio.exports import documents
from portfolio.exports.cards import SCHEMES, card
from portfolio.pages.views import LANGUAGES, evident, public_page_or_404

CARD_S = 600


@require_safe
@cache_control(public=True, max_age=CARD_S)
def card_svg(request: HttpRequest, address: str, claim_id: int, language: str, scheme: str) -> HttpResponse:
    """A claim as a drawing."""
    page = public_page_or_404(address)
    if language not in LANGUAGES or scheme not in SCHEMES:
        raise Http404
    claim = get_object_or_404(Claim.objects.of(page.owner).shown(), pk=claim_id)
    return HttpResponse(card(claim, language, scheme), content_type="image/svg+xml; charset=utf-8")


@require_safe
def readme(request: HttpRequest, address: str) -> HttpResponse:
    """Markdown for a README."""
    text = documents.readme(public_page_or_404(address), get_language() or "en", request.build_absolute_uri)
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


@require_safe
def resume(request: HttpRequest, address: str) -> HttpResponse:
    """JSON Résumé."""
    page = public_page_or_404(address)
    told = documents.resume(page, evident(page), get_language() or "en", request.build_absolute_uri)
    return as_json(told)


@require_safe
def evidence(request: HttpRequest, address: str) -> HttpResponse:
    """The reports behind the claims."""
    return as_json(documents.evidence(public_page_or_404(address)))


def as_json(told: object) -> HttpResponse:
    """JSON."""
    return HttpResponse(msgspec.json.encode(told), content_type="application/json")
