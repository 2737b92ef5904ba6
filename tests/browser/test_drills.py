"""Drills as a person solves them: reading the problem, reckoning, typing, and looking at what came of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import SETTINGS, faults_under, view

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STYLES = [("ja", "light", 1280), ("en", "dark", 390)]


def figures(page: Page) -> list[float]:
    """The numbers of the statement, in the order in which they are read."""
    text = page.locator(".drill > .guide").inner_text()
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d(?:\.\d+)?|\d+(?:\.\d+)?", text)]


def solve_amdahl(page: Page) -> dict[str, str]:
    """Latency, share and speed-up are the first three numbers in Japanese; in English int8 comes between."""
    latency, percent, *rest = figures(page)
    speed_up = rest[rest.index(8) + 1]  # behind int8
    part = latency * percent / 100
    after = latency - part + part / speed_up
    return {"whole": f"{latency / after:.2f}", "after": f"{after:.1f}", "limit": f"{latency / (latency - part):.2f}"}


@pytest.mark.parametrize(("language", "scheme", "width"), STYLES)
def test_a_problem_is_read_reckoned_and_solved(
    site: Any, browser: Browser, language: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        extra_http_headers={"Accept-Language": language},
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(f"{site.url}/interviews/drills/")
    page.click("a[href='/interviews/drills/amdahl/']")
    first = page.url

    for name, answer in solve_amdahl(page).items():
        page.fill(f"[name={name}]", answer)
    page.click(".answers button:not([name])")

    expect(page.locator(".outcome.passed")).to_be_in_viewport()
    expect(page.locator(".said.yes")).to_have_count(3)
    expect(page.locator("section.worked li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click(".answers a.button")
    assert page.url != first
    expect(page.locator("section.worked")).to_have_count(0)
    assert heard == []
    context.close()


def test_the_keyboard_alone_is_enough(site: Any, page: Page, complaints: list[str]) -> None:
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site.url}/interviews/drills/roofline/11/")
    macs, weights, ins, outs, peak, bandwidth = (n for n in figures(page)[1:8] if n != 8)
    traffic = weights + ins + outs
    arithmetic_s, memory_s = macs / (peak * 1e12), traffic / (bandwidth * 1e9)
    page.locator("[name=intensity]").focus()

    page.keyboard.type(f"{macs / traffic:.6g} MAC/B")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # chooses the first option
    if memory_s > arithmetic_s:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(f"{max(arithmetic_s, memory_s) * 1e3:.6g} ms")
    page.keyboard.press("Enter")

    expect(page.locator(".outcome.passed")).to_be_visible()
    assert complaints == []


def test_a_wrong_answer_is_explained_and_the_solution_shown(site: Any, page: Page) -> None:
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site.url}/interviews/drills/amdahl/5/")
    answers = solve_amdahl(page)
    speed_up = figures(page)[figures(page).index(8) + 1]

    for name, answer in {**answers, "whole": f"{speed_up:g}"}.items():
        page.fill(f"[name={name}]", answer)
    page.click(".answers button:not([name])")

    expect(page.locator(".asked.method .said")).to_contain_text("This speeds up everything")
    expect(page.locator(".asked.right")).to_have_count(2)
    expect(page.locator("section.worked")).to_contain_text(answers["whole"])


def test_three_in_a_row_reach_the_skill_map(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    sign_up(site, "driller@example.com")

    for _ in range(3):
        page.goto(f"{site.url}/interviews/drills/amdahl/")
        for name, answer in solve_amdahl(page).items():
            page.fill(f"[name={name}]", answer)
        page.click(".answers button:not([name])")
        expect(page.locator(".outcome.passed")).to_be_visible()

    expect(page.locator("header.page .meta")).to_contain_text("3 of 3 in a row")
    page.goto(f"{site.url}/skills/latency-measurement/")
    expect(page.locator(".levels small")).to_contain_text("Practised")


@pytest.mark.parametrize("language", SETTINGS)
def test_pages_are_accessible_and_fit(site: Any, browser: Browser, language: str) -> None:
    context = browser.new_context(**view(language))
    page = context.new_page()
    found = []
    for address in ("", "peak-memory/3/", "distillation-loss/3/", "receptive-field/3/"):
        page.goto(f"{site.url}/interviews/drills/{address}")
        if address:
            page.click("[name=show]")
        found += [f"{page.url}: {fault}" for fault in faults_under(page, SETTINGS[language])]

    context.close()
    assert found == []
