"""How good an answer was, by the rubric; the same three steps wherever somebody judges themselves."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import IntegerChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from challenges.tables import Bilingual, Table


class Grade(IntegerChoices):
    """What a rubric tells apart."""

    WEAK = 0, _("Weak")
    FAIR = 1, _("Fair")
    STRONG = 2, _("Strong")

    @property
    def css(self) -> str:
        """Its class on a page."""
        return self.name.lower()


class Rubric(Table, frozen=True, kw_only=True):
    """What a weak, a fair and a strong answer contains."""

    weak: Bilingual
    fair: Bilingual
    strong: Bilingual

    def by_grade(self) -> Sequence[tuple[Grade, Bilingual]]:
        """The words of each grade, the weakest first."""
        return [(Grade.WEAK, self.weak), (Grade.FAIR, self.fair), (Grade.STRONG, self.strong)]

    @property
    def in_words(self) -> Sequence[tuple[Grade, str]]:
        """The same in the reader's language."""
        return [(grade, words[get_language() or "en"]) for grade, words in self.by_grade()]


class GradeField(forms.TypedChoiceField):
    """One's own verdict on an answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Your answer was"),
            choices=Grade.choices,
            coerce=int,
            widget=forms.RadioSelect,
            error_messages={"required": _("Judge this answer as well.")},
            **kwargs,
        )


def level_shown(asked_for: int, grade: int) -> int:
    """The level of a skill that an answer shows, which one judged oneself.

    A strong answer to a question shows its level, a fair one the level below, a weak one nothing.
    """
    return {Grade.STRONG: asked_for, Grade.FAIR: asked_for - 1}.get(Grade(grade), 0)


def share(grades: Iterable[int]) -> float:
    """The mean grade as a fraction of all strong, 0 to 1; 0 if there are none."""
    given = list(grades)
    return sum(given) / (Grade.STRONG * len(given)) if given else 0.0
