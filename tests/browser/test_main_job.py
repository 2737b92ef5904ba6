"""The main job in a real browser: sign up, take the starter kit, hand in, watch, read the verdict."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from challenges.machine import machine_class
from challenges.registry import catalogue
from challenges.solutions import found, solutions
from grader.report import Report, Result
from grader.wording import sentences
from tests.browser.agreement import difference, graded_at_home
from tests.browser.looking import heading

pytestmark = [
    *(pytest.mark.browser, pytest.mark.sandbox, pytest.mark.slow, pytest.mark.graded),
    pytest.mark.usefixtures("device_lab"),
]
GRADING_MS = 240_000
OTHER_VERDICTS = {
    "below the gate": ("survive_int8", "untouched"),
    "refused at the door": ("keyword_spotting", "elsewhere"),
}
IN_CI = {"refused at the door"}
"""The newcomer passes; how the other verdicts look is in test_report_pages.py."""


def test_a_newcomer_gets_from_sign_up_to_passed_with_the_points_of_their_laptop(
    site: Any,
    page: Page,
    sign_up: Callable[..., None],
    hand_in: Callable[..., None],
    complaints: list[str],
    tmp_path: Path,
) -> None:
    spec = catalogue()["int8_fashion"]
    passing = next(solution for solution in solutions(spec) if solution.name == "pass")
    sign_up(site, "newcomer@example.com", "ja")

    page.click(f"a[href='/challenges/{spec.id}/']")
    with page.expect_download() as download:
        page.click("a[href$='starter.zip']")
    entry = passing.build(spec).data
    hand_in(site, spec.id, entry)
    expect(page.locator("#progress .stages li.now")).to_be_visible(timeout=GRADING_MS)
    heard = page.get_by_role("heading", name="合格", exact=True, level=2)
    expect(heard).to_be_visible(timeout=GRADING_MS)
    on_site = Report.from_json(page.request.get(page.url + "report.json").body())
    at_home = graded_at_home(site, spec.id, entry, on_site, tmp_path)

    assert difference(on_site, at_home) <= 1.0
    kit = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    assert kit.testzip() is None
    assert any(name.endswith("baseline.onnx") for name in kit.namelist())
    assert complaints == []


@pytest.mark.parametrize(
    ("challenge", "name"),
    [
        pytest.param(*each, id=said, marks=[] if said in IN_CI else pytest.mark.long)
        for said, each in OTHER_VERDICTS.items()
    ],
)
def test_a_solution_of_another_verdict_gets_it_on_the_site(
    site: Any,
    page: Page,
    sign_up: Callable[..., None],
    hand_in: Callable[..., None],
    challenge: str,
    name: str,
) -> None:
    solution = next(each for each in solutions(catalogue()[challenge]) if each.name == name)
    declared = solution.declared
    sign_up(site, f"{challenge}-{name}@example.com")

    hand_in(site, challenge, solution.build(catalogue()[challenge]).data)

    verdict = page.locator("section.verdict h2, #upload [role=alert]")
    expect(verdict).to_be_visible(timeout=GRADING_MS)
    if "submissions" not in page.url:  # refused at the door, before the queue
        assert declared.result is Result.REJECTED
        expect(verdict).to_contain_text(shown(declared.code))
        return
    expect(verdict).to_have_text(heading(declared))
    report = Report.from_json(page.request.get(page.url + "report.json").body())
    assert solution.agrees(found(report), machine_class()), report.reasons


def shown(code: str) -> re.Pattern[str]:
    """A sentence of the grader's, whatever stands in its gaps."""
    return re.compile(".*".join(map(re.escape, re.split(r"{.*?}", sentences("en")[code].message))))
