"""What needs more than an open browser: a fresh proof that it is still the same person."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


def is_confirmed(request: HttpRequest) -> bool:
    """True if the person has shown lately that it is them."""
    records = get_authentication_records(request, request.user)
    proofs = [record["at"] for record in records if record.get("reauthenticated")]
    return bool(proofs) and time.time() - proofs[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def confirmed(view: View) -> View:
    """Ask for a proof first. The view itself may be the only way to get one: to set a first password.

    allauth's own `reauthentication_required` lets everybody pass who has no password.
    """

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ways = get_adapter().get_reauthentication_methods(request.user)
        if not is_confirmed(request) and ways[0]["url"] != request.path:
            raise ReauthenticationRequired  # allauth's middleware leads to the first way, and back
        return view(request, *args, **kwargs)

    return asking
