"""What a reader chooses for a deck, and the grade that comes with a card."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from fsrs import Rating

from interviews.bank.bank import Question, bank
from interviews.bank.tables import Level
from interviews.cards.models import Deck, Recalled
from interviews.cards.reviewing import Grading
from interviews.forms import SkillsField, SkillsForm

LARGEST_CAP = 300
FARTHEST = timedelta(days=180)


class DeckForm(SkillsForm):
    """Everything has an answer to begin with, so that the forecast can be looked at without any."""

    skills = SkillsField()
    levels = forms.TypedMultipleChoiceField(
        label=_("Levels of the questions"), coerce=int, choices=Level.choices, widget=forms.CheckboxSelectMultiple
    )
    new_a_day = forms.IntegerField(label=_("New cards a day"), min_value=1, max_value=50)
    cap = forms.IntegerField(
        label=_("At most this many gradings a day"),
        min_value=5,
        max_value=LARGEST_CAP,
        help_text=_("New cards, reviews, and cards that come again the same day all count."),
    )
    retention = forms.IntegerField(
        label=_("Desired retention, %"),
        min_value=80,
        max_value=95,
        help_text=_("A card comes back when its predicted recall has fallen to this. Higher means more reviews."),
    )
    interview_on = forms.DateField(
        label=_("Date of an interview"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Plans backwards from it, and sets the number of new cards a day itself."),
    )

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.label_suffix = ""
        self.today = today

    def clean_interview_on(self) -> date | None:
        """A day that can be planned for."""
        on: date | None = self.cleaned_data["interview_on"]
        if on is not None and not self.today < on <= self.today + FARTHEST:
            raise forms.ValidationError(_("Choose a day from tomorrow on, and at most 180 days ahead."))
        return on

    @property
    def figures(self) -> Sequence[BoundField]:
        """The fields that are not lists of boxes."""
        return [self[name] for name in ("new_a_day", "cap", "retention", "interview_on")]

    @property
    def deck(self) -> Deck | None:
        """What was chosen, or what the form begins with, as a deck of nobody. None if the choice cannot be."""
        if not self.is_bound:
            return Deck(**self.initial)
        return Deck(**self.cleaned_data) if self.is_valid() else None

    def begin(self, owner: Any) -> Deck:
        """Make it the owner's deck. Cards and reviews stay as they are."""
        return Deck.objects.update_or_create(owner=owner, defaults=self.cleaned_data)[0]


class GradingForm(forms.Form):
    """A grade, and what it is for. The script adds `reviewed_at` to one that it could not send at once."""

    question = forms.CharField(max_length=64)
    number = forms.IntegerField(min_value=0)
    key = forms.UUIDField()
    grade = forms.TypedChoiceField(choices=Recalled.choices, coerce=int)
    shown_at = forms.DateTimeField(required=False)
    reviewed_at = forms.DateTimeField(required=False)

    def clean_question(self) -> Question:
        """The question itself, by its present name."""
        try:
            return bank()[self.cleaned_data["question"]]
        except KeyError:
            raise forms.ValidationError(_("This question is no longer in the bank.")) from None

    @property
    def grading(self) -> Grading:
        """What was graded."""
        given = {**self.cleaned_data}
        return Grading(rating=Rating(given.pop("grade")), **given)
