"""`manage.py check` reads everything that the career pages show."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.core.checks import CheckMessage

from career.guide import LANGUAGES, guide, read_outline, read_text
from career.salary import read_salary
from career.sources import read_sources
from career.targets import read_targets
from content.broken import found_by


def the_guide_is_whole(**_: object) -> Sequence[CheckMessage]:
    """An error for each broken file, naming it and the line; chapters are read only if their tables are whole."""
    tables = [read_sources, read_salary, read_targets, read_outline]
    broken_tables = found_by(*tables, id="career.E001")
    return broken_tables or found_by(*chapter_readers(), id="career.E002") or found_by(guide, id="career.E002")


def chapter_readers() -> Iterator[Callable[[], object]]:
    """Each file of the guide by itself, so that one broken chapter does not hide another."""
    for chapter in read_outline():
        for language in LANGUAGES:
            yield partial(read_text, chapter.id, language)
