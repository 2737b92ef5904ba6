"""The laptop and the site measure with the same code: the same entry on the same split gets the same points.

In CI that is seen with what a newcomer hands in, in test_main_job.py.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from challenges.registry import find
from challenges.solutions import solutions
from grader.report import Report
from tests.browser.agreement import difference, graded_at_home
from tests.browser.looking import heading

pytestmark = [
    *(pytest.mark.browser, pytest.mark.sandbox, pytest.mark.slow, pytest.mark.graded),
    *(pytest.mark.long, pytest.mark.usefixtures("device_lab")),
]
GRADING_MS = 240_000


@pytest.mark.parametrize(
    ("challenge", "solution"),
    [("int8_fashion", "dynamic"), ("survive_int8", "reference")],
)
def test_karui_grade_and_the_site_agree_within_one_point(
    site: Any,
    page: Page,
    sign_up: Callable[..., None],
    hand_in: Callable[..., None],
    tmp_path: Path,
    challenge: str,
    solution: str,
) -> None:
    spec = find(challenge)
    entry = next(each for each in solutions(spec) if each.folder.name == solution).build(spec)

    sign_up(site, f"agree-{challenge}@example.com")
    hand_in(site, challenge, entry.data)
    expect(page.locator("section.verdict h2")).to_be_visible(timeout=GRADING_MS)
    on_site = Report.from_json(page.request.get(page.url + "report.json").body())
    at_home = graded_at_home(site, challenge, entry.data, on_site, tmp_path)

    assert difference(on_site, at_home) <= 1.0
    assert page.locator("section.verdict h2").inner_text() == heading(at_home)
