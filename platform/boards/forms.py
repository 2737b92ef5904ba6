"""The name under which somebody is shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from boards.models import NAME, Nameplate


class NameForm(forms.Form):
    """Opt-in: an empty name takes it back."""

    name = forms.CharField(label=_("Name on boards"), max_length=NAME, required=False)

    def hang_up(self, owner: User) -> None:
        """Show the owner under this name from now on, or without one."""
        if name := self.cleaned_data["name"]:
            Nameplate.objects.update_or_create(owner=owner, defaults={"name": name})
        else:
            Nameplate.objects.filter(owner=owner).delete()
