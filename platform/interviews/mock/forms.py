"""What an interview shall be about, and how its answers were."""

from collections.abc import Iterator, Sequence
from random import Random

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.bank.bank import bank
from interviews.bank.tables import Level
from interviews.forms import SkillsField, SkillsForm
from interviews.grades import Grade, GradeField
from interviews.mock.models import Mock, Step
from interviews.mock.result import Answered
from interviews.mock.selection import select

LENGTHS = [(15, _("15 minutes")), (30, _("30 minutes")), (45, _("45 minutes")), (60, _("60 minutes"))]


class MockForm(SkillsForm):
    """Role, length and skills of an interview."""

    level = forms.TypedChoiceField(label=_("Role"), choices=Level.choices, coerce=int, widget=forms.RadioSelect)
    minutes = forms.TypedChoiceField(
        label=_("Length"), choices=LENGTHS, coerce=int, initial=30, widget=forms.RadioSelect
    )
    skills = SkillsField(required=False)

    def begin(self, owner: User) -> Mock | None:
        """Start the interview. None if the form does not say one, or if no question fits."""
        if not self.is_valid():
            return None
        level, minutes = Level(self.cleaned_data["level"]), self.cleaned_data["minutes"]
        questions = select(
            bank().questions.values(),
            level=level,
            skills=self.cleaned_data["skills"],
            minutes=minutes,
            seen=Mock.objects.questions_asked(owner),
            random=Random(),  # noqa: S311 - nobody gains by guessing
        )
        if not questions:
            self.add_error(None, _("No question about these skills fits. Choose more skills, or more time."))
            return None
        return Mock.objects.begin(owner, level, minutes, questions)


class JudgeForm(forms.Form):
    """For each answer: weak, fair or strong. What was not written is weak."""

    def __init__(self, data: object, answers: Sequence[Answered]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.answers = answers
        for step in self.written():
            self.fields[field_name(step)] = GradeField(initial=step.grade)

    def written(self) -> Iterator[Step]:
        """The steps that have an answer."""
        return (one.step for one in self.answers if one.step.is_written)

    def beside(self) -> Iterator[tuple[Answered, BoundField | None]]:
        """Each answer with its field, if there is something to judge."""
        for one in self.answers:
            yield one, self[field_name(one.step)] if one.step.is_written else None

    def grades(self) -> Iterator[tuple[Step, int]]:
        """What was said."""
        for one in self.answers:
            yield one.step, self.cleaned_data.get(field_name(one.step), Grade.WEAK)


def field_name(step: Step) -> str:
    """The name of a step's field."""
    return f"step-{step.position}"
