from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import register
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class CareerConfig(AppConfig):
    name = "career"
    verbose_name = _("Career")

    def ready(self) -> None:
        from career.checks import the_guide_is_whole
        from career.materials import offer_chapters

        register(the_guide_is_whole)
        offer_chapters()
        # Sign-up, password, GitHub and the link in a mail all end in Django's login; only its signal sees them all
        user_logged_in.connect(move_visitor_in, dispatch_uid="career.move_visitor_in")


def move_visitor_in(request: HttpRequest, user: Any, **_: object) -> None:
    """What somebody declared, chose and read before signing in is theirs now."""
    from career import progress
    from skills import standing

    if hasattr(request, "session"):
        standing.move_into_account(request.session, user)
        progress.move_into_account(request.session, user)
