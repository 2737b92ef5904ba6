"""The form for a new token."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.tokens.models import NAME, Scope, Token

DAYS = (7, 30, 90, 365)
AT_ONCE = 20  # tokens of one person


class TokenForm(forms.Form):
    """What it is for, what it may do and for how long."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME, help_text=_("Where you will use it, such as: laptop, CI of my repository.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=list(Scope),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("Days until it expires"), choices=[(days, days) for days in DAYS], initial=90, coerce=int
    )

    def make(self, owner: User) -> str | None:
        """The new token's text, which nobody can see again. None, and an error on the form, if there is none."""
        if not self.is_valid():
            return None
        if Token.objects.of(owner).count() >= AT_ONCE:
            self.add_error(None, _("You have as many tokens as one person may have. Revoke one first."))
            return None
        expiry = timedelta(days=self.cleaned_data["days"])
        given = {name: self.cleaned_data[name] for name in ("name", "scopes")}
        _row, text = Token.objects.create(user=owner, expiry=expiry, **given)
        return str(text)
