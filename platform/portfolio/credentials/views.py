"""The page of a credential, the page that verifies one, and what others need to verify by themselves."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from accounts.posting import signed_in_to_post
from accounts.views import SignedIn
from challenges.credentials.checking import Asked, Believed, check
from challenges.credentials.identity import did_of, document
from challenges.credentials.keys import public
from challenges.credentials.refusal import Refused
from challenges.credentials.tokens import token_in
from challenges.wording import words
from portfolio.claims.models import Claim
from portfolio.credentials.forms import VerifyForm
from portfolio.credentials.images import baked_png, baked_svg
from portfolio.credentials.issuer import issuer, own_list, signing_keys, status_list
from portfolio.credentials.issuing import issue as issue_credential
from portfolio.credentials.issuing import revoke as revoke_credential
from portfolio.credentials.models import Credential, Slot
from portfolio.pages.views import LANGUAGES, for_one_reader

KEYS_S = 300
IMAGES: Mapping[str, tuple[Callable[[Credential, str], str | bytes], str]] = {
    "svg": (baked_svg, "image/svg+xml; charset=utf-8"),
    "png": (baked_png, "image/png"),
}


@signed_in_to_post
def issue(request: SignedIn, claim_id: int) -> HttpResponse:
    """Have a claim signed."""
    claim = get_object_or_404(Claim.objects.of(request.user), pk=claim_id)
    return redirect(issue_credential(claim))


@signed_in_to_post
def revoke(request: SignedIn, credential_id: UUID) -> HttpResponse:
    """Take a credential back."""
    revoke_credential(get_object_or_404(Credential.objects.of(request.user), pk=credential_id))
    messages.success(
        request, _("The credential is revoked. It cannot be made valid again; you can have a new one issued.")
    )
    return redirect("portfolio:edit")


@require_safe
@for_one_reader
def credential(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """What it says, and whether it holds now."""
    given = credential_or_404(credential_id)
    asked = Asked(at=now())
    return render(request, "portfolio/credential.html", {"given": given, **verdict(given.signed.encode(), asked)})


def credential_or_404(credential_id: UUID) -> Credential:
    """One that was issued, revoked or not. Raises Http404."""
    return get_object_or_404(Credential.objects.select_related("claim__submission"), pk=credential_id)


def verdict(given: bytes, asked: Asked) -> Mapping[str, Any]:
    """What is believed of it, or the sentence that says why it is not."""
    told = words(get_language() or "en")
    try:
        believed = check(token_in(given), issuer(), own_list, asked)
    except Refused as refusal:
        return {"refusal": told[f"credential_{refusal.code}"].format(**refusal.params)}
    points = [(proven, told[f"credential_{point}"].format(**believed.params)) for proven, point in believed.points]
    return {"believed": believed, "figures": figures(believed, told), "points": points}


def figures(believed: Believed, told: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was measured, each by its name in the reader's language where we know it."""
    return [(told.get(f"figure_{key}", name), value) for key, name, value in believed.credential.figures]


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Verify a credential that somebody shows."""
    form = VerifyForm(request.POST, request.FILES) if request.method == "POST" else VerifyForm()
    context: dict[str, Any] = {"form": form, "issuer": did_of(settings.SITE_URL)}
    if form.is_valid():
        asked = Asked(at=now(), email=form.cleaned_data["email"], sha256=form.sha256)
        context |= verdict(form.given, asked)
    return render(request, "portfolio/verify.html", context, status=422 if form.errors else 200)


@require_safe
@for_one_reader
def token(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """The credential itself."""
    given = credential_or_404(credential_id)
    return download(given.signed, "application/jwt", f"karui-{given.pk}.jwt")


@require_safe
@for_one_reader
def badge(request: HttpRequest, credential_id: UUID, language: str, kind: str) -> HttpResponse:
    """The credential in an image."""
    given = credential_or_404(credential_id)
    if language not in LANGUAGES or kind not in IMAGES:
        raise Http404
    bake, content_type = IMAGES[kind]
    return download(bake(given, language), content_type, f"karui-{given.pk}.{kind}")


@require_safe
@for_one_reader
def report(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """The whole report behind a credential."""
    given = credential_or_404(credential_id)
    return HttpResponse(msgspec.json.encode(given.claim.submission.report), content_type="application/json")


def download(content: str | bytes, kind: str, name: str) -> HttpResponse:
    """A file that a browser keeps."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_safe
@cache_control(public=True, max_age=KEYS_S)
def did(request: HttpRequest) -> HttpResponse:
    """Who we are, and with which keys we sign."""
    return as_json(document(did_of(settings.SITE_URL), signing_keys()), "application/did+json")


@require_safe
@cache_control(public=True, max_age=KEYS_S)
def jwks(request: HttpRequest) -> HttpResponse:
    """The same keys as a JWK set."""
    return as_json(public(signing_keys()).as_dict(private=False), "application/jwk-set+json")


@require_safe
def status(request: HttpRequest, number: int) -> HttpResponse:
    """One status list."""
    if number and not Slot.objects.filter(list=number).exists():
        raise Http404
    return HttpResponse(status_list(number), content_type="application/jwt")


def as_json(told: object, kind: str) -> HttpResponse:
    """JSON of a kind."""
    return HttpResponse(msgspec.json.encode(told), content_type=kind)
