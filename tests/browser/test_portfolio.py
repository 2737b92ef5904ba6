"""A portfolio as others see it: on a screen, on a phone and on paper."""

from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pypdf import PdfReader

from challenges.registry import catalogue
from submissions.example import example
from tests.browser.looking import SETTINGS, look, view

pytestmark = [pytest.mark.browser, pytest.mark.slow]
A4_WITHIN_MARGINS = ViewportSize(width=718, height=1046)
CLAIMS = 9
TITLE = catalogue()[example().report.challenge].title
SHOW = f"""
from uuid import uuid4
from accounts.models import User
from portfolio.models import Claim, Page
from submissions import grading
from submissions.example import example
from submissions.models import Submission
report = example().report
owner = User.objects.create_user("shown@example.com")
for digit in range({CLAIMS}):
    entry = dict(challenge=report.challenge, file_name="entry.onnx", file_bytes=1, sha256=str(digit) * 64)
    row = Submission.objects.create(owner=owner, upload_key=uuid4(), **entry)
    row.claim()
    grading.finish(row, report)
    Claim.objects.create(owner=owner, submission=row, is_shown=True)
Page.objects.create(owner=owner, address="shown", name="軽子 花子", is_public=True)
"""
MISPLACED = """() => {
  const drawing = document.querySelector('.radar')
  const outer = [...drawing.querySelectorAll('.ring')].at(-1)
  const { width, height } = drawing.viewBox.baseVal
  const isBeside = ({ x, y, width: w, height: h }) => x < 0 || y < 0 || x + w > width || y + h > height
  const isOver = ({ x, y, width: w, height: h }) =>
    [0, 0.5, 1].some((share) => outer.isPointInFill(new DOMPoint(x + share * w, y + h / 2)))
  const labels = [...drawing.querySelectorAll('text')].map((label) => [label.textContent, label.getBBox()])
  return labels.filter(([, box]) => isBeside(box) || isOver(box)).map(([words]) => words)
}"""
"""Labels of the radar that reach over the edge of the drawing or over the radar itself."""


@pytest.fixture(scope="session")
def address(site: Any) -> str:
    """Of a public page with several results."""
    site.manage("shell", "--no-imports", "-c", SHOW)
    return f"{site.url}/p/shown/"


def read(page: Page, address: str, language: str) -> None:
    """Open it in a language."""
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(address)


@pytest.mark.parametrize("language", SETTINGS)
def test_a_portfolio_has_no_fault(browser: Browser, address: str, language: str) -> None:
    context = browser.new_context(**view(language))

    faulty = look(context, SETTINGS[language], [address])

    context.close()
    assert faulty == []


@pytest.mark.parametrize("language", SETTINGS)
def test_every_label_of_the_radar_stands_around_it(page: Page, address: str, language: str) -> None:
    read(page, address, language)
    misplaced = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        misplaced += page.evaluate(MISPLACED)
    page.emulate_media(media="print")

    assert misplaced + page.evaluate(MISPLACED) == []


@pytest.mark.parametrize("language", SETTINGS)
def test_a_printed_portfolio_is_as_wide_as_the_paper_and_only_for_reading(
    page: Page, address: str, language: str
) -> None:
    page.set_viewport_size(A4_WITHIN_MARGINS)
    read(page, address, language)
    page.emulate_media(media="print")

    for hidden in ("header.site", "footer.site", "[aria-labelledby=machines]", "main a[href$='.pdf']"):
        for part in page.locator(hidden).all():
            expect(part).to_be_hidden()
    expect(page.locator(".on-paper")).to_have_text(address)
    assert page.evaluate("document.documentElement.scrollWidth") == A4_WITHIN_MARGINS["width"]


@pytest.mark.parametrize("language", SETTINGS)
def test_no_result_is_cut_in_two_on_paper(page: Page, address: str, language: str) -> None:
    read(page, address, language)

    sheets = ["".join(sheet.extract_text().split()) for sheet in PdfReader(BytesIO(page.pdf(format="A4"))).pages]

    begun = [sheet.count("".join(TITLE[language].split())) for sheet in sheets]
    ended = [sum(str(digit) * 64 in sheet for digit in range(CLAIMS)) for sheet in sheets]
    assert begun == ended
    assert sum(begun) == CLAIMS
    assert len(sheets) > 1
