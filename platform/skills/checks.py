"""`manage.py check` reads the skill map."""

from collections.abc import Sequence

from django.core.checks import CheckMessage

from content.broken import found_by
from skills.map import read_map


def the_map_is_whole(**_: object) -> Sequence[CheckMessage]:
    """An error that names file and line."""
    return found_by(read_map, id="skills.E001")
