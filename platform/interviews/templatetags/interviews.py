"""Grades, skills and times as a reader sees them."""

from collections.abc import Iterable, Sequence

from django import template
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.translation import get_language

from interviews.grades import Grade
from skills.map import Skill

register = template.Library()


@register.filter
def grade_label(grade: int) -> str:
    """Weak, fair or strong, in the reader's language."""
    return str(Grade(grade).label)


@register.filter
def grade_class(grade: int) -> str:
    """Its CSS class."""
    return Grade(grade).css


@register.filter
def beside(field: BoundField, rubric: Iterable[tuple[Grade, str]] | None) -> Sequence[tuple[BoundWidget, str]]:
    """Each grade that a field offers, with the rubric's words for it; without words if there is no rubric."""
    words = dict(rubric or ())
    return [(radio, words.get(Grade(radio.data["value"]), "")) for radio in field]


@register.filter
def clock(seconds: int) -> str:
    """Minutes and seconds: 4:05."""
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def names(skills: Iterable[Skill]) -> str:
    """The names of skills in the reader's language, in one line."""
    language = get_language() or "en"
    return {"ja": "、", "en": ", "}[language].join(skill.name[language] for skill in skills)
