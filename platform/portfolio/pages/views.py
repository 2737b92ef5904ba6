"""The pages that others see, and the one where their owner decides what that is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.posting import View, signed_in_to_post
from accounts.views import SignedIn
from portfolio.ageing.checks import ages
from portfolio.ageing.wording import ToldAge, told
from portfolio.claims.models import Claim, claimable
from portfolio.claims.text import Register
from portfolio.credentials.models import Credential
from portfolio.exports.linkedin import add_to_profile
from portfolio.pages.forms import LinkForm, PageForm
from portfolio.pages.models import Link, Page
from portfolio.pages.radar import Radar
from skills.map import skill_map
from skills.models import Evidence, Kind
from skills.standing import Standing, standings

LANGUAGES = {"ja": "日本語", "en": "English"}


@dataclass(frozen=True, slots=True)
class ResultOnPage:
    """A claim, what it says, whether it still holds, and the credential that proves it, if there is one."""

    claim: Claim
    sentence: str
    age: ToldAge
    credential: Credential | None


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: SignedIn) -> HttpResponse:
    """Name, address, who sees it, what is on it, and the texts to copy."""
    known = Page.objects.filter(owner=request.user).first()
    form = PageForm(request.POST or None, instance=known)
    if request.method == "POST" and form.keep(request.user):
        messages.success(request, _("Saved."))
        return redirect("portfolio:edit")
    return render(request, "portfolio/edit.html", editing(request, form), status=422 if form.errors else 200)


def editing(request: SignedIn, form: PageForm, links: LinkForm | None = None, secret: str = "") -> dict[str, Any]:
    """What the owner's page shows."""
    claims = {claim.submission_id: claim for claim in Claim.objects.of(request.user)}
    aged = {claim.submission_id: told(age) for claim, age in ages(claims.values())}
    return {
        "form": form,
        "page": Page.objects.filter(owner=request.user).first(),
        "languages": LANGUAGES,
        "entries": [(entry, claims.get(entry.pk), aged.get(entry.pk)) for entry in claimable(request.user)],
        "texts": [(claim, texts(claim)) for claim in claims.values()],
        "signed": signed(list(claims.values()), get_language() or "en"),
        "links": Link.objects.of(request.user),
        "link_form": links or LinkForm(),
        "new_link": request.build_absolute_uri(f"/p/link/{secret}/") if secret else "",
    }


def signed(claims: Sequence[Claim], language: str) -> list[tuple[Claim, Credential | None, str]]:
    """Each claim with its credential, if it has one, and how that gets to LinkedIn."""
    given = credentials_of(claims)
    return [
        (claim, credential, add_to_profile(credential, language) if credential else "")
        for claim, credential in ((claim, given.get(claim.pk)) for claim in claims)
    ]


def credentials_of(claims: Iterable[Claim]) -> Mapping[int, Credential]:
    """The credentials that hold, by the claims that they are of."""
    return {each.claim_id: each for each in Credential.objects.current().filter(claim__in=list(claims))}


def texts(claim: Claim) -> list[tuple[str, Mapping[Register, str]]]:
    """What a claim says, by language and register."""
    return [
        (name, {register: claim.sentence(register, language) for register in Register})
        for language, name in LANGUAGES.items()
    ]


@signed_in_to_post
def show(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Make a claim of an entry, and show it or show it no longer."""
    entry = get_object_or_404(claimable(request.user), pk=submission_id)
    Claim.objects.update_or_create(
        submission=entry, defaults={"owner": request.user, "is_shown": request.POST.get("shown") == "1"}
    )
    return redirect("portfolio:edit")


@login_required
@never_cache
@require_http_methods(["POST"])
def make_link(request: SignedIn) -> HttpResponse:
    """A link for somebody, shown once."""
    links = LinkForm(request.POST)
    secret = links.make(request.user)
    form = PageForm(instance=Page.objects.filter(owner=request.user).first())
    context = editing(request, form, None if secret else links, secret or "")
    return render(request, "portfolio/edit.html", context, status=422 if links.errors else 200)


@signed_in_to_post
def revoke_link(request: SignedIn, link_id: int) -> HttpResponse:
    """Let a link open nothing any more."""
    get_object_or_404(Link.objects.of(request.user), pk=link_id).delete()
    return redirect("portfolio:edit")


def public_page_or_404(address: str) -> Page:
    """A page that everybody may see. Raises Http404, also for one that is private: it tells nothing of either."""
    return get_object_or_404(Page.objects.select_related("owner"), address=address, is_public=True)


@require_safe
def page(request: HttpRequest, address: str) -> HttpResponse:
    """A portfolio."""
    return shown(request, public_page_or_404(address))


def for_one_reader(view: View) -> View:
    """Nothing keeps the answer or passes its address on: whoever knows it may read it."""

    @never_cache
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(*args, **kwargs)
        answer["Referrer-Policy"], answer["X-Robots-Tag"] = "no-referrer", "noindex, nofollow"
        return answer

    return guarded


@require_safe
@for_one_reader
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A portfolio, for whoever has a link to it."""
    link = Link.objects.opened_by(secret)
    if link is None or not hasattr(link.owner, "portfolio"):
        raise Http404
    return shown(request, link.owner.portfolio)


def shown(request: HttpRequest, page: Page) -> HttpResponse:
    """What is on it."""
    language, stands = get_language() or "en", evident(page)
    context = {
        "page": page,
        "languages": LANGUAGES,
        "results": results(page, language),
        "radar": Radar.of(skill_map(), stands) if stands else None,
        "skills": [(skill_map()[skill], standing) for skill, standing in stands.items()],
    }
    return render(request, "portfolio/page.html", context)


def results(page: Page, language: str) -> list[ResultOnPage]:
    """What the owner shows of their claims."""
    aged = ages(Claim.objects.of(page.owner).shown())
    given = credentials_of(claim for claim, _age in aged)
    return [
        ResultOnPage(claim, claim.sentence(Register.RESUME, language), told(age), given.get(claim.pk))
        for claim, age in aged
    ]


def evident(page: Page) -> Mapping[str, Standing]:
    """The owner's standing by what was measured in entries that are shown, and by practice if they want it shown."""
    shown = [f"submissions/{key}" for key in Claim.objects.of(page.owner).shown().values_list("submission", flat=True)]
    rows = Evidence.objects.of(page.owner)
    measured = rows.filter(kind=Kind.MEASURED, source__in=shown)
    return standings([*measured, *(rows.filter(kind=Kind.PRACTISED) if page.shows_practice else ())])
