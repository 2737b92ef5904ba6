"""Exports of a public page. Of a private one there is nothing under these addresses, but for its owner's own PDF."""

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from accounts.views import SignedIn
from portfolio.claims.models import Claim
from portfolio.exports import documents
from portfolio.exports.cards import SCHEMES, card
from portfolio.exports.pdf import pdf
from portfolio.pages.models import Page
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


@require_safe
def public_pdf(request: HttpRequest, address: str, language: str) -> HttpResponse:
    """A portfolio on paper."""
    return on_paper(request, public_page_or_404(address), language)


@login_required
@never_cache
@require_safe
def own_pdf(request: SignedIn, language: str) -> HttpResponse:
    """The same for its owner, also while the page is private."""
    return on_paper(request, get_object_or_404(Page, owner=request.user), language)


def on_paper(request: HttpRequest, page: Page, language: str) -> HttpResponse:
    """PDF. Raises Http404 for a language that there is not."""
    if language not in LANGUAGES:
        raise Http404
    document = pdf(page, evident(page), language, request.build_absolute_uri)
    return HttpResponse(document, content_type="application/pdf")


def as_json(told: object) -> HttpResponse:
    """JSON."""
    return HttpResponse(msgspec.json.encode(told), content_type="application/json")
