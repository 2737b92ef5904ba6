"""The challenges that measure a skill, for the skill map."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import get_language

from challenges.registry import everything
from skills.map import Skill
from skills.materials import FINDERS, Material, Sort


def offer_challenges() -> None:
    """Let the skill map show the catalogue."""
    FINDERS[Sort.CHALLENGE] = challenges_for


def challenges_for(skill: Skill) -> Iterator[Material]:
    """Each challenge that names it."""
    for spec in everything().values():
        if skill.id in spec.skills:
            yield Material(spec.title[get_language() or "en"], reverse("catalog:challenge", args=[spec.id]))
