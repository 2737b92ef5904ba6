"""The page of tokens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.posting import signed_in_to_post
from accounts.views import SignedIn
from api.tokens.forms import TokenForm
from api.tokens.models import Token
from api.views import site


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: SignedIn) -> HttpResponse:
    """The reader's tokens, and a form for one more. A new one is shown in the answer to the form and never again."""
    form = TokenForm(request.user, request.POST or None)
    made = form.make()
    context = {
        "form": TokenForm(request.user) if made else form,
        "made": made,
        "site": site(request),
        "tokens": Token.objects.of(request.user),
    }
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)


@signed_in_to_post
def revoke(request: SignedIn, token_key: str) -> HttpResponse:
    """Let a token work no more."""
    token = get_object_or_404(Token.objects.of(request.user), token_key=token_key)
    token.delete()
    messages.success(request, _("The token “%(name)s” works no more.") % {"name": token.name})
    return redirect("api:tokens")
