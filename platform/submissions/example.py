"""A real report for people who have none of their own: the reference solution of a challenge, graded over hidden items.

It is the output of `karui grade int8_fashion ENTRY --split hidden --json example.json`, ENTRY being what
challenges/int8_fashion/solutions/reference builds. Nothing in it was edited.
"""

from functools import cache
from pathlib import Path

from grader.report import Report

FILE = Path(__file__).parent / "example.json"


@cache
def example() -> Report:
    """The report."""
    return Report.from_json(FILE.read_bytes())
