"""The questions that ask for a skill, for the skill map and for the search."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from interviews.bank.bank import bank
from skills.map import Skill
from skills.materials import Material


def questions_about(skill: Skill) -> Iterator[Material]:
    """One link to all of them."""
    if asked := bank().about(skill):
        title = _("All about it (%(count)s)") % {"count": len(asked)}
        yield Material(title, f"{reverse('interviews:questions')}?skill={skill.id}")
