"""A real report for people who have none of their own: the reference solution of a challenge, graded over hidden items.

It is the output of `karui grade int8_fashion ENTRY --split hidden --json example.json`, ENTRY being what
challenges/int8_fashion/solutions/reference builds. Nothing in it was edited.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.report import Report
from submissions.charts import SizeSquares, Weighed, weighed

FILE = Path(__file__).parent / "example.json"


@dataclass(frozen=True, slots=True)
class Example:
    """The report, and what the home page draws of it."""

    report: Report
    squares: SizeSquares
    weighed: list[Weighed]


@cache
def example() -> Example:
    """Read it. Raises ValueError if it was not graded to the end."""
    report = Report.from_json(FILE.read_bytes())
    if report.measured is None or report.score is None:
        raise ValueError("the example has no score")
    squares = SizeSquares(report.measured.baseline_size_bytes, report.measured.inspection.size_bytes)
    return Example(report, squares, weighed(report.score))
