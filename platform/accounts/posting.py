"""Addresses that take only posts, of people whose session may have ended since they opened the page."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.http import require_POST

View = Callable[..., HttpResponse]


def signed_in_to_post(view: View) -> View:
    """For forms. From the sign-in it leads back to the form, which can be sent once more.

    `login_required` would lead back to the address itself, where there is nothing to look at.
    """

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else redirect_to_login(page_of(request))

    return guarded


def signed_in_to_send(view: View) -> View:
    """For scripts, which cannot sign anybody in: they get a 403."""

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else HttpResponseForbidden()

    return guarded


def page_of(request: HttpRequest) -> str:
    """The page on which a form stands. The home page if the browser does not say it."""
    page = urlsplit(request.headers.get("referer", ""))
    return page.path if page.netloc == request.get_host() else "/"
