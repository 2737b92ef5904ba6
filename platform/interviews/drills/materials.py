"""The drills that show a skill, for the skill map."""

from collections.abc import Iterator

from django.utils.translation import get_language

from interviews.drills.book import book
from skills.map import Skill
from skills.materials import Material


def drills_about(skill: Skill) -> Iterator[Material]:
    """Each drill that shows it."""
    for drill in book().about(skill):
        yield Material(drill.table.title[get_language() or "en"], drill.get_absolute_url())
