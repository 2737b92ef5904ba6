"""The chapters that teach a skill, for the skill map."""

from collections.abc import Iterator

from career.guide import guide
from skills.map import Skill
from skills.materials import FINDERS, Material, Sort


def offer_chapters() -> None:
    """Let the skill map show the guide's chapters."""
    FINDERS[Sort.CHAPTER] = chapters_about


def chapters_about(skill: Skill) -> Iterator[Material]:
    """Each chapter that teaches it."""
    for chapter in guide().about(skill):
        yield Material(chapter.text.title, chapter.get_absolute_url())
