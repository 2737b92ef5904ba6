"""The forms of a portfolio."""

# mypy: disable-error-code="type-arg"
# Django's forms are generic in the stubs, not at run time

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portfolio.pages.models import NAME, TAKEN_BY_US, Link, Page

DAYS = (7, 30, 90)
LINKS = 20  # of one person


class PageForm(forms.ModelForm):
    """Name, address, and who may see it."""

    class Meta:
        model = Page
        fields = ("name", "address", "is_public", "shows_practice")

    def clean_address(self) -> str:
        """In lower case, and none of our own."""
        address: str = self.cleaned_data["address"].lower()
        if address in TAKEN_BY_US:
            raise ValidationError(_("This is taken."))
        return address

    def keep(self, owner: User) -> Page | None:
        """Save it for its owner. None, and errors on the form, if it cannot be."""
        self.instance.owner = owner
        page: Page | None = self.save() if self.is_valid() else None
        return page


class LinkForm(forms.Form):
    """A link for somebody."""

    label = forms.CharField(label=_("For whom"), max_length=NAME)
    days = forms.TypedChoiceField(
        label=_("Days until it expires"), choices=[(days, days) for days in DAYS], initial=30, coerce=int
    )

    def make(self, owner: User) -> str | None:
        """The secret part of the new link. None, and an error on the form, if there is none."""
        if not self.is_valid():
            return None
        if Link.objects.of(owner).count() >= LINKS:
            self.add_error(None, _("You have as many links as one person may have. Revoke one first."))
            return None
        return Link.objects.make(owner, self.cleaned_data["label"], self.cleaned_data["days"])
