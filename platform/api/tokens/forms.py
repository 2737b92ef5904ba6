"""The form for a new token."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.tokens.models import FOR_DEVICE, NAME, Scope, Token
from grader.devices.targets import devices

DAYS = (7, 30, 90, 365)
AT_ONCE = 20  # tokens of one person


def for_boards() -> Iterator[tuple[str, str]]:
    """What only operators may give, in the reader's language: each kind of board has a scope of its own."""
    for device in devices().values():
        if device.part:
            scope = FOR_DEVICE.format(device=device.name)
            told = {"scope": scope, "device": device.title}
            yield scope, _("%(scope)s: a board of yours fetches models and times them (%(device)s)") % told


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

    def __init__(self, owner: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.owner = owner
        if owner.is_staff:
            scopes: Any = self.fields["scopes"]
            scopes.choices = [*Scope.choices, *for_boards()]

    def make(self) -> str | None:
        """The new token's text, which nobody can see again. None, and an error on the form, if there is none."""
        if not self.is_valid():
            return None
        if Token.objects.of(self.owner).count() >= AT_ONCE:
            self.add_error(None, _("You have as many tokens as one person may have. Revoke one first."))
            return None
        expiry = timedelta(days=self.cleaned_data["days"])
        given = {name: self.cleaned_data[name] for name in ("name", "scopes")}
        _row, text = Token.objects.create(user=self.owner, expiry=expiry, **given)
        return str(text)
