"""What every template may ask about the installation."""

from django.conf import settings
from django.http import HttpRequest


def mail(_: HttpRequest) -> dict[str, bool]:
    """Whether this installation sends mail: without it no forgotten password can be replaced."""
    return {"sends_mail": bool(settings.EMAIL_URL)}
