"""`manage.py check` reads the words of the drills and writes out a few problems of each."""

from collections.abc import Sequence
from functools import partial

from django.core.checks import CheckMessage
from django.utils.translation import override

from career.guide import LANGUAGES
from content.broken import found_by
from interviews.drills.book import Drill, book, read_book

TRIED = 3


def the_drills_are_whole(**_: object) -> Sequence[CheckMessage]:
    """An error for the file if its tables are broken, naming the line; only then are the problems written out."""
    broken = found_by(read_book, id="interviews.E003")
    return broken or found_by(*(partial(write_out, drill) for drill in book().drills.values()), id="interviews.E004")


def write_out(drill: Drill) -> None:
    """Render a few problems in all languages. Raises Broken for a figure that nobody makes."""
    for language in LANGUAGES:
        with override(language):
            for problem in map(drill.problem, range(TRIED)):
                drill.statement(problem)
                drill.steps(problem)
