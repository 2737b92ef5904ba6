"""The forms of accounts.

allauth's come without a link to a forgotten password inside a field: the page has one, where mail can be sent.
"""

# mypy: disable-error-code="misc, type-arg"
# allauth has no types, and Django's forms are generic in the stubs, not at run time

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.zones import zone_choices


class SignInForm(LoginForm):
    """Sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class PasswordForm(ChangePasswordForm):
    """Change of password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class ConfirmForm(ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class PreferencesForm(forms.ModelForm):
    """Language and time zone."""

    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("What the browser asks for")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=zone_choices)

    class Meta:
        model = User
        fields = ("language", "time_zone")
