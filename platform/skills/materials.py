"""Where a skill can be learned and shown. Each app offers what it has, so a link always has something behind it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from skills.map import Skill


class Sort(TextChoices):
    """What kind of thing it is, in the order in which one would use them."""

    CHAPTER = "chapter", _("Chapters of the guide")
    DRILL = "drill", _("Drills")
    DESIGN = "design", _("Design tasks")
    QUESTION = "question", _("Interview questions")
    CHALLENGE = "challenge", _("Challenges")


@dataclass(frozen=True, slots=True)
class Material:
    """Something that teaches a skill, or lets it be measured."""

    title: str
    address: str


Finder = Callable[[Skill], Iterable[Material]]
FINDERS: dict[Sort, Finder] = {}
"""Filled by the apps, in their ready()."""


def materials_for(skill: Skill) -> Mapping[Sort, Sequence[Material]]:
    """All there is for a skill, by sort."""
    found = {sort: list(FINDERS[sort](skill)) for sort in Sort if sort in FINDERS}
    return {sort: materials for sort, materials in found.items() if materials}
