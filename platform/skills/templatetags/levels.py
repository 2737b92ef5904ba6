"""Levels as a reader sees them: a row of dots, and words beside it."""

from collections.abc import Sequence

from django import template

from skills.map import TOP_LEVEL
from skills.standing import Standing

register = template.Library()


@register.filter
def dots(standing: Standing | None) -> Sequence[bool]:
    """For each level whether it is reached."""
    level = standing.level if standing else 0
    return [n <= level for n in range(1, TOP_LEVEL + 1)]


@register.filter
def towards(level: int, wanted: int) -> Sequence[str]:
    """For each level "reached", "wanted" or neither: `{{ requirement.level|towards:requirement.wanted }}`."""
    return ["reached" if n <= level else "wanted" if n <= wanted else "" for n in range(1, TOP_LEVEL + 1)]
