"""What a reader looks for in the bank."""

from collections.abc import Collection, Iterable, Sequence

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from interviews.bank.bank import Question, bank
from interviews.bank.tables import Kind, Level
from skills.map import skill_map


class BankForm(forms.Form):
    """Narrows the list. Nothing is asked for; what makes no sense narrows nothing."""

    q = forms.CharField(label=_("Words"), required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    skill = forms.ChoiceField(label=_("Skill"), required=False)
    level = forms.TypedChoiceField(label=_("Level"), required=False, coerce=int, empty_value=None)
    kind = forms.ChoiceField(label=_("Kind of question"), required=False)
    bookmarked = forms.BooleanField(label=_("Only my bookmarks"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.label_suffix = ""
        language = get_language() or "en"
        self.choose("skill", [(skill.id, skill.name[language]) for skill in skill_map().skills.values()])
        self.choose("level", Level.choices)
        self.choose("kind", Kind.choices)

    def choose(self, name: str, choices: Iterable[tuple[object, object]]) -> None:
        """What a field offers, nothing in particular first."""
        self.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]

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
