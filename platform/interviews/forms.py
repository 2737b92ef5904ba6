"""What the forms of several rooms ask for: some of the skills of the map."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from career.forms import named
from skills.map import Tier, skill_map


def skills_offered() -> Sequence[tuple[str, str]]:
    """Every skill, in the reader's language."""
    return named(skill_map().skills)


class SkillsField(forms.MultipleChoiceField):
    """A box for each skill."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Skills"), choices=skills_offered, widget=forms.CheckboxSelectMultiple, **kwargs)


class SkillsForm(forms.Form):
    """A form with a field `skills`."""

    def by_tier(self) -> Iterator[tuple[Tier, Sequence[Any]]]:
        """Its boxes as the map groups the skills."""
        boxes = {str(box.data["value"]): box for box in self["skills"]}
        for tier, skills in skill_map().by_tier():
            yield tier, [boxes[skill.id] for skill in skills]
