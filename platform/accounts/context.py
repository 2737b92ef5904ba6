"""What every template may ask about the installation."""

from django.conf import settings
from django.http import HttpRequest


def mail(_: HttpRequest) -> dict[str, bool]:
    """Whether this installation sends mail: without it no forgotten password can be replaced."""
    return {"sends_mail": bool(settings.EMAIL_URL)}


def github(_: HttpRequest) -> dict[str, bool]:
    """Whether people can sign in with GitHub: without it no page speaks of it."""
    return {"github_sign_in": settings.GITHUB_SIGN_IN}
