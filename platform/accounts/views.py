"""What a person can change about the site and about their account. Sign-up and sign-in are allauth's."""

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import password_set
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts import deletion
from accounts.belongings import belongings
from accounts.confirmation import confirmed
from accounts.export import Download, export
from accounts.forms import PreferencesForm
from accounts.models import User


class SignedIn(HttpRequest):
    """A request behind `login_required`."""

    user: User


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Show the page that `next` names in another language, and remember the choice."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return set_language(request)


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: SignedIn) -> HttpResponse:
    """Language and time zone, and the ways to everything else about the account."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        with translation.override(request.user.language or get_language()):  # the next page's
            messages.success(request, _("Saved."))
        return redirect("account_settings")
    return render(request, "account/settings.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def download(request: SignedIn) -> HttpResponseBase:
    """Everything that belongs to the person, made now."""
    return Download(export(request.user), as_attachment=True, filename="karui-export.zip")


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@confirmed
def delete(request: SignedIn) -> HttpResponse:
    """Say what goes; on POST let it go."""
    if request.method == "POST":
        deletion.delete(request.user)
        logout(request)
        messages.success(request, _("Your account and everything in it has been deleted."))
        return redirect("home")
    counts = [(rows.model._meta.verbose_name_plural, rows.count()) for rows in belongings(request.user)]
    return render(request, "account/delete.html", {"counts": [pair for pair in counts if pair[1]]})


@login_required
@require_safe
def confirm_by_github(request: SignedIn) -> HttpResponse:
    """Send the person to GitHub, to come back to `next` with a fresh proof."""
    return render(request, "account/confirm_by_github.html", {"next": get_next_redirect_url(request) or "/"})


set_password = login_required(confirmed(password_set))
