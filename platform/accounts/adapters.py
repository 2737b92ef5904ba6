"""Where allauth asks us: who may sign in with GitHub, and how people show that it is still them."""

# mypy: disable-error-code="misc"
# allauth has no types

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Everybody can be asked to show that it is still them, also people without a password."""

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Password, GitHub; for people who have neither, to set a password first."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if settings.GITHUB_SIGN_IN and SocialAccount.objects.filter(user_id=user.pk, provider="github").exists():
            methods.append(
                {"id": "github", "description": _("Use GitHub"), "url": reverse("account_confirm_by_github")}
            )
        if user.is_authenticated and not methods:
            methods.append(
                {"id": "set_password", "description": _("Set a password"), "url": reverse("account_set_password")}
            )
        return methods


class GitHubAdapter(DefaultSocialAccountAdapter):
    """GitHub, and only as the environment describes it."""

    def list_apps(self, request: HttpRequest, **wanted: Any) -> list[Any]:
        """Apps from the settings. A row in the database, which has a key, switches nothing on."""
        return [app for app in super().list_apps(request, **wanted) if app.pk is None]

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """True if GitHub's verified address was verified here, too.

        Anybody can sign up here with an address that is not theirs, above all where no mail is sent. If that were
        enough, its true owner would come from GitHub into an account that a stranger has prepared for them.
        """
        return bool(EmailAddress.objects.filter(email=email.lower(), verified=True).exists())

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """Fill in a new user: with the primary address, which allauth looks up, and not with the public one."""
        primary = [address.email for address in sociallogin.email_addresses[:1]]
        user: User = super().populate_user(request, sociallogin, {**data, "email": "".join(primary)})
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Store a new user with their one address. The others at GitHub are none of our business, and may be taken."""
        email = (form.cleaned_data["email"] if form else sociallogin.user.email).lower()
        known = [address for address in sociallogin.email_addresses if address.email.lower() == email]
        sociallogin.email_addresses = known
        user: User = super().save_user(request, sociallogin, form)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take note if somebody who is signed in went to GitHub only to show that it is still them."""
        if sociallogin.state.get("process") != AuthProcess.REDIRECT or not request.user.is_authenticated:
            return
        if sociallogin.user == request.user:
            account = {"provider": sociallogin.account.provider, "uid": sociallogin.account.uid}
            record_authentication(request, request.user, "socialaccount", **account, reauthenticated=True)
        else:
            messages.error(request, _("That GitHub account does not belong to the account that you are signed in to."))
