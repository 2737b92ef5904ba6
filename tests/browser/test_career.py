"""The career pages as a reader uses them: from the first look to a plan that follows them into an account."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from career.guide import guide

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KB = 1000
LARGEST_BYTES = 150 * KB
MOST_REQUESTS = 12
STYLES = [("ja", "light", 1280), ("en", "dark", 390)]


@pytest.mark.parametrize(("language", "scheme", "width"), STYLES)
def test_a_newcomer_gets_from_home_to_a_plan(
    site: Any, browser: Browser, language: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        extra_http_headers={"Accept-Language": language},
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    page.goto(site.url)
    page.click("ol.path a[href='/inventory/']")
    for question in page.locator("fieldset").all()[:5]:
        question.locator("label").nth(2).click()
    page.click("form.questions button")
    page.check("input[value=junior]")
    page.check("input[value=medical]")
    page.click("form.card button")

    page.click("a.button[href='/roadmap/']")

    steps = page.locator("ol.plan > li")
    expect(steps.first).to_be_visible()
    assert steps.count() > 5
    expect(steps.first.locator("a[href^='/guide/'], a[href^='/challenges/']").first).to_be_visible()
    context.close()


def test_what_a_visitor_did_is_there_after_sign_up(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site.url}/inventory/")
    page.check("[name=calibration][value='2']")
    page.click("form.questions button")
    page.check("input[value=mid]")
    page.check("input[value=iot]")
    page.click("form.card button")
    page.goto(f"{site.url}/guide/pruning/")
    page.click("article form button")

    sign_up(site, "newcomer@example.com")

    page.goto(f"{site.url}/skills/calibration/")
    expect(page.locator(".levels small")).to_contain_text("Declared")
    page.goto(f"{site.url}/roadmap/")
    expect(page.locator("h1")).to_contain_text("IoT")
    page.goto(f"{site.url}/guide/")
    expect(page.locator(".chapters .yes")).to_have_count(1)


def test_the_chart_follows_the_form_without_loading_the_page(site: Any, page: Page, complaints: list[str]) -> None:
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site.url}/salary/")
    page.evaluate("window.kept = true")
    expect(page.locator(".band.here")).to_have_count(0)

    page.fill("[name=years]", "3")
    expect(page.locator(".band.here")).to_have_count(2)
    expect(page.locator("#bands [role=status]")).to_contain_text("one band ends and the next begins")
    page.fill("[name=years]", "8")
    page.fill("[name=deployments]", "2")

    expect(page.locator(".band.here")).to_have_count(1)
    expect(page.locator(".up")).to_have_count(1)
    expect(page.locator("#bands [role=status]")).to_contain_text("Senior")
    assert page.evaluate("window.kept")
    page.select_option("[name=domain]", "automotive")
    expect(page.locator("#bands [role=status]")).to_contain_text("raise an offer further")
    assert complaints == []


def test_a_mistake_in_the_form_is_said_in_words(site: Any, page: Page) -> None:
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site.url}/salary/?years=-3&deployments=0")

    expect(page.locator(".errorlist")).to_contain_text("greater than or equal to 0")


def test_a_deep_link_opens_at_its_heading(site: Any, page: Page) -> None:
    page.goto(f"{site.url}/guide/interviews/#temperature")

    box = page.locator("#temperature").bounding_box()

    assert box is not None
    assert 0 <= box["y"] < 200


def test_the_keyboard_reaches_and_fills_the_inventory(site: Any, page: Page) -> None:
    page.goto(f"{site.url}/inventory/")
    page.locator("fieldset input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/inventory/result/")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_chapter_is_light(site: Any, browser: Browser, language: str) -> None:
    """Without a cache, as it comes over the wire. The drawings stand in the page, so they count as well."""
    context = browser.new_context(extra_http_headers={"Accept-Language": language})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    heavy = []
    for chapter in guide().chapters.values():
        sizes.clear()
        page.goto(site.url + chapter.get_absolute_url(), wait_until="networkidle")
        print(f"{chapter.id} {language}: {sum(sizes) / KB:.1f} KB, {len(sizes)} requests")
        if sum(sizes) > LARGEST_BYTES or len(sizes) > MOST_REQUESTS:
            heavy.append((chapter.id, sum(sizes), len(sizes)))

    context.close()
    assert heavy == []


def test_a_printed_chapter_has_no_navigation_and_names_its_sources(site: Any, page: Page) -> None:
    page.goto(f"{site.url}/guide/quantization/")
    page.emulate_media(media="print")

    for hidden in ("header.site", "footer.site", "nav.contents", "nav.turn", "article form"):
        expect(page.locator(hidden)).to_be_hidden()
    address = page.evaluate("getComputedStyle(document.querySelector('.sources li a'), '::after').content")
    assert "http" in address
