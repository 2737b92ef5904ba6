"""Answers to a problem: numbers with units, and choices."""

from django import forms
from django.utils.translation import gettext as _

from interviews.drills.answers import LONGEST, read, shown
from interviews.drills.book import Drill, language
from interviews.drills.problem import Choice, Number, Problem, Rounding


class QuantityField(forms.CharField):
    """A number with an optional unit; cleaned, it is the value in the unit that is asked for."""

    def __init__(self, number: Number, label: str) -> None:
        super().__init__(label=label, max_length=LONGEST)
        self.number = number
        self.widget.attrs |= {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}

    def clean(self, value: object) -> float:
        """Raises ValidationError with a sentence."""
        return read(str(super().clean(value)), self.number.unit)

    @property
    def unit(self) -> str:
        """What stands beside it."""
        return shown(self.number.unit)

    @property
    def precision(self) -> str:
        """To which place the answer is asked for."""
        return precision(self.number.rounding)


class ChoiceField(forms.ChoiceField):
    """One of a few answers in words."""

    def __init__(self, drill: Drill, name: str, choice: Choice) -> None:
        words = drill.table.asked[name]
        options = [(option, words.options[option][language()]) for option in choice.options]
        super().__init__(label=words.label[language()], choices=options, widget=forms.RadioSelect)


class AnswerForm(forms.Form):
    """What is asked for, in the order of the problem."""

    def __init__(self, drill: Drill, problem: Problem, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.label_suffix = ""
        for name, asked in problem.asked.items():
            self.fields[name] = (
                ChoiceField(drill, name, asked)
                if isinstance(asked, Choice)
                else QuantityField(asked, drill.table.asked[name].label[language()])
            )


def precision(rounding: Rounding) -> str:
    """How a place is called."""
    if rounding.kind == "decimals":
        return _("decimals: %(places)s") % {"places": rounding.places}
    if rounding.kind == "digits":
        return _("significant digits: %(places)s") % {"places": rounding.places}
    return _("exact value")
