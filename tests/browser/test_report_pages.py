"""The pages of submissions, with a report that the real grader made, and others that its scoring makes of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from challenges.registry import catalogue
from tests.browser.looking import SETTINGS, look, signed_up, view

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.slow, pytest.mark.graded]
GRADING_MS = 240_000
SPEC = catalogue()["int8_fashion"]


EMAIL = "reports@example.com"
HAND_IN = f"""
from dataclasses import replace
from uuid import uuid4
from accounts.models import User
from challenges.registry import catalogue
from grader.pipeline import rescore
from grader.report import Finding, Result
from submissions import grading
from submissions.example import example
from submissions.models import Submission
golden = example().report
targets = catalogue()[golden.challenge].targets
partly = rescore(golden, replace(targets, size=replace(targets.size, par=1)))
stricter = replace(golden.measured, accuracy=replace(golden.measured.accuracy, max_drop=-1.0))
below = rescore(replace(golden, measured=stricter), targets)
reason = Finding("output_not_finite", {{"items": 7, "total": 5000}})
nothing = dict(measured=None, score=None, diagnosis=None, gold=False, next_steps=())
rejected = replace(golden, result=Result.REJECTED, reasons=(reason,), **nothing)
for report in (golden, partly, below, rejected):
    entry = dict(challenge=golden.challenge, file_name="entry.onnx", file_bytes=1, sha256=report.entry.sha256)
    row = Submission.objects.create(owner=User.objects.get(email="{EMAIL}"), upload_key=uuid4(), **entry)
    row.claim()
    grading.finish(row, report)
    print("key", row.pk)
"""


@pytest.fixture(scope="module")
def reports(site: Any, browser: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A signed-in browser, and the addresses of submissions: golden, partly passed, below the gate, rejected."""
    context, page = signed_up(browser, site.url, EMAIL)
    keys = re.findall(r"key (\S+)", site.manage("shell", "--no-imports", "-c", HAND_IN))
    addresses = [f"{site.url}/submissions/{key}/" for key in keys]
    for address, verdict in zip(
        addresses, ("Passed Gold", "Partly passed", "Below the gate", "Not graded"), strict=True
    ):
        page.goto(address)
        expect(page.locator("section.verdict h2")).to_have_text(verdict)
    yield context, addresses
    context.close()


@pytest.mark.parametrize("language", SETTINGS)
def test_no_report_and_no_question_on_it_has_a_fault(
    site: Any, browser: Browser, reports: tuple[BrowserContext, list[str]], language: str
) -> None:
    context, addresses = reports
    reader = browser.new_context(**view(language), storage_state=context.storage_state())
    asked = addresses[0].replace("/submissions/", "/interviews/own/")

    after = f"{site.url}/submissions/afterwards/{SPEC.id}/"
    pages = [*addresses, f"{site.url}/interviews/own/", asked, f"{asked}ledger/", after, f"{site.url}/submissions/"]
    faulty = look(reader, SETTINGS[language], pages)

    reader.close()
    assert faulty == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_person_is_asked_about_their_own_report(
    browser: Browser, reports: tuple[BrowserContext, list[str]], language: str
) -> None:
    signed_in, addresses = reports
    strong = {"ja": "強い", "en": "Strong"}[language]
    context = browser.new_context(**view(language), storage_state=signed_in.storage_state())
    page = context.new_page()

    page.goto(addresses[0])
    page.click("main a[href*='/interviews/own/']")
    question = page.locator(".asked a").nth(0 if language == "en" else 1)
    asked = question.inner_text()
    question.click()
    expect(page.locator("h1")).to_have_text(asked)
    page.fill("#text", "By the executed graph.")
    page.click("main form.fields button")
    expect(page.locator(".facing")).to_contain_text("By the executed graph.")
    page.get_by_text(strong, exact=True).click()
    page.click("main form button[type=submit]")
    expect(page.locator(".asked .badge.strong").first).to_be_visible()
    page.goto(addresses[0].split("/submissions/")[0] + "/skills/")

    expect(page.locator(".standing.practised, .map .practised").first).to_be_attached()
    context.close()


@pytest.mark.long  # tests/grader/test_ladder.py climbs it too
def test_a_float_model_climbs_the_ladder_without_costing_an_attempt(
    site: Any, browser: Browser, reports: tuple[BrowserContext, list[str]]
) -> None:
    context = reports[0]
    page = context.new_page()
    page.goto(f"{site.url}/challenges/{SPEC.id}/")
    attempts = page.locator("#upload dl").inner_text()

    page.click("#upload a[href*='/trials/new/']")
    model = {"name": "float.onnx", "mimeType": "model/onnx", "buffer": SPEC.baseline_path.read_bytes()}
    page.set_input_files("input[type=file]", model)
    page.click("form[data-upload] button")
    page.wait_for_url(re.compile(r"/submissions/trials/[0-9a-f-]{36}/"))
    expect(page.locator("section.verdict")).to_be_visible(timeout=GRADING_MS)
    expect(page.locator("tbody tr")).to_have_count(5)
    faulty = [fault for language in SETTINGS for fault in looked(browser, page, language)]
    page.goto(f"{site.url}/challenges/{SPEC.id}/")

    assert faulty == []
    assert page.locator("#upload dl").inner_text() == attempts
    page.close()


def looked(browser: Browser, page: Page, language: str) -> list[str]:
    """What is wrong with the page that somebody is on, for a reader of a language."""
    context = browser.new_context(**view(language), storage_state=page.context.storage_state())
    faulty = look(context, SETTINGS[language], [page.url])
    context.close()
    return faulty


@pytest.mark.usefixtures("device_lab")
def test_everything_works_without_javascript(site: Any, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, extra_http_headers={"Accept-Language": "en"})
    page = context.new_page()
    page.goto(f"{site.url}/accounts/signup/")
    page.fill("[name=email]", "plain@example.com")
    page.fill("[name=password1]", "correct horse battery staple")
    page.fill("[name=password2]", "correct horse battery staple")
    page.click("main button")
    page.goto(f"{site.url}/challenges/{SPEC.id}/")
    page.set_input_files(
        "input[type=file]", {"name": "entry.onnx", "mimeType": "model/onnx", "buffer": b"\x08 not a model"}
    )
    page.click("form[data-upload] button")
    page.wait_for_url("**/submissions/**")

    for _ in range(60):
        page.reload()
        if page.locator("section.verdict").count():
            break
        page.wait_for_timeout(1000)

    expect(page.locator("section.verdict h2")).to_have_text("Not graded")
    context.close()
