"""`manage.py check` reads the questions on reports."""

from collections.abc import Sequence

from django.core.checks import CheckMessage

from content.broken import found_by
from interviews.own.questions import read_tables


def the_own_questions_are_whole(**_: object) -> Sequence[CheckMessage]:
    """An error that names file and line."""
    return found_by(read_tables, id="interviews.E007")
