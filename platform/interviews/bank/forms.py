"""What a reader looks for in the bank."""

from collections.abc import Collection, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from interviews.bank.bank import Question, bank
from interviews.bank.tables import Kind, Level
from interviews.forms import skills_offered

ALL = ("", _("All"))


class BankForm(forms.Form):
    """Narrows the list. Nothing is asked for; what makes no sense narrows nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    skill = forms.ChoiceField(label=_("Skill"), required=False, choices=lambda: [ALL, *skills_offered()])
    level = forms.TypedChoiceField(
        label=_("Level"), required=False, coerce=int, empty_value=None, choices=[ALL, *Level.choices]
    )
    kind = forms.ChoiceField(label=_("Kind of question"), required=False, choices=[ALL, *Kind.choices])
    bookmarked = forms.BooleanField(label=_("Only my bookmarks"), required=False)

    def found(self, kept: Collection[str]) -> Sequence[Question]:
        """The questions that match. `kept`: the reader's bookmarks."""
        self.is_valid()
        wanted = self.cleaned_data
        return bank().matching(
            skill=wanted.get("skill", ""),
            level=wanted.get("level"),
            kind=wanted.get("kind", ""),
            query=wanted.get("q", ""),
            among=kept if wanted.get("bookmarked") else None,
        )
