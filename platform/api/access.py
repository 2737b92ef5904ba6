"""Who asks, whether the token at hand is good for it, and how often one may ask."""

# mypy: disable-error-code="misc, no-any-return"
# knox has no types, and those of Django REST framework are too few

from typing import TYPE_CHECKING, Any

from django.conf import settings
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from accounts.models import User
from api.tokens.models import Scope, Token

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads the setting that names this module


class Asked(Request):
    """A request with a token that is good for it."""

    user: User
    auth: Token


class BearerToken(TokenAuthentication):
    """Knox's, for `Authorization: Bearer karui_…`."""

    def authenticate_credentials(self, token: bytes) -> Any:
        """The person and the token. Raises AuthenticationFailed."""
        if not token.isascii():  # knox would fail to decode some of these
            raise AuthenticationFailed
        return super().authenticate_credentials(token)


class InScope(BasePermission):
    """The token has the scope that the view needs."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the request may go on."""
        needed = scope_of(view, request.method or "GET")
        if needed is None:
            return True
        return isinstance(request.auth, Token) and request.auth.is_good_for(needed.format(**view.kwargs))


def scope_of(view: Any, method: str) -> str | None:
    """What a request needs: `submit` to change something, unless the view says otherwise. None if anybody may ask.

    A gap in it is filled with the part of the address that has its name.
    """
    usual = Scope.READ if method in ("GET", "HEAD", "OPTIONS") else Scope.SUBMIT
    needed: str | None = getattr(view, "needs", usual)
    return needed


class OfVisitors(AnonRateThrottle):
    """By address."""

    def get_rate(self) -> str:
        """How often in which time."""
        return settings.API_RATES["anon"]


class OfPeople(UserRateThrottle):
    """By person, over all tokens."""

    def get_rate(self) -> str:
        """How often in which time."""
        return settings.API_RATES["user"]
