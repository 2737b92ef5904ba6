"""The design desk as a person uses it: think, write, turn the dials, judge; nothing that was typed is lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from interviews.desk.scenarios import Section, scenarios
from tests.browser.looking import SETTINGS, faults, look, view

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WAKE_WORD = "/interviews/desk/wake-word/"
WORDS = {
    "ja": "6 Wh ÷ 8,760 h = 0.68 mW が平均の上限です。マイクに 0.25 mW 使うので、推論に残るのは 0.43 mW です。",
    "en": "6 Wh over 8,760 h make 0.68 mW. The microphone takes 0.25 mW, which leaves 0.43 mW for inference.",
}
MISSED_FIVE = {"ja": "満たしていない要件：5 件", "en": "Requirements missed: 5"}
SAVED = {"ja": "保存しました。", "en": "Saved."}
ALL_MET = {"ja": "すべて満たしています", "en": "All requirements that can be computed are met"}
DIALS = {
    "macs": "2.7 M",
    "parameters": "22.6k",
    "peak_elements": "16 k",
    "traffic_elements": "145 k",
    "per_second": "4",
    "duty": "15",
}
STYLES = [("ja", "light", 1280), ("en", "dark", 390)]


@pytest.fixture
def narrow_or_wide(page: Page) -> Callable[[int], None]:
    """Set the width of the screen."""
    return lambda width: page.set_viewport_size({"width": width, "height": 850})


@pytest.mark.parametrize(("language", "scheme", "width"), STYLES)
def test_a_scenario_is_worked_from_story_to_evidence(
    site: Any,
    page: Page,
    sign_up: Callable[..., None],
    complaints: list[str],
    narrow_or_wide: Callable[[int], None],
    language: str,
    scheme: Any,
    width: int,
) -> None:
    narrow_or_wide(width)
    page.emulate_media(color_scheme=scheme)
    sign_up(site, f"designer-{language}@example.com", language)
    page.goto(f"{site.url}/interviews/desk/")
    page.click(f"a[href='{WAKE_WORD}']")
    expect(page.locator("#budget")).to_contain_text(MISSED_FIVE[language])

    for section in Section.values:
        page.locator(f"[name={section}]").press_sequentially(WORDS[language][:8])
        page.fill(f"[name={section}]", WORDS[language])
    for name, quantity in DIALS.items():
        page.fill(f"[name={name}]", quantity)
    expect(page.locator("#budget")).to_contain_text(ALL_MET[language])
    expect(page.locator(".save [role=status]")).to_have_text(SAVED[language])
    page.reload()

    assert page.input_value("[name=fallback]") == WORDS[language]
    assert page.input_value("[name=parameters]") == "22.6k"
    expect(page.locator("#budget")).to_contain_text(ALL_MET[language])

    found = faults(page)
    page.click("[name=judge]")
    found += faults(page)
    for section in Section.values:
        page.check(f"[name={section}][value='{1 if section == 'model' else 2}']")
    page.click(".save button")
    page.wait_for_url("**/result/")
    found += faults(page)
    expect(page.locator(".summary dd").nth(1)).to_contain_text("2")
    page.goto(f"{site.url}/skills/power-and-thermals/")
    expect(page.locator(f"table a[href='{WAKE_WORD}']")).to_be_visible()
    assert (complaints, found) == ([], [])


def test_a_scenario_is_worked_with_the_keyboard_alone(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    sign_up(site, "keyboard-desk@example.com", "en")
    page.goto(f"{site.url}/interviews/desk/")

    tab_to(page, f"a[href='{WAKE_WORD}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{WAKE_WORD}")
    for section in Section.values:
        tab_to(page, f"[name={section}]")
        page.keyboard.type(WORDS["en"])
    tab_to(page, "[name=macs]")
    page.keyboard.press("Control+A")
    page.keyboard.type("2.7 M")
    expect(page.locator("#budget tr.missed")).to_have_count(3)  # RAM, storage, battery
    tab_to(page, "#budget summary")
    page.keyboard.press("Enter")
    expect(page.locator("#budget .worked").first).to_contain_text("2 × 2.7 M")
    tab_to(page, "[name=judge]", backwards=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/")
    for section in Section.values:
        tab_to(page, f"[name={section}]")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
    tab_to(page, ".save button")
    page.keyboard.press("Enter")

    page.wait_for_url("**/result/")
    expect(page.locator(".summary dd").first).to_contain_text("100")
    expect(page.locator("section[aria-labelledby=rule] .no")).to_have_count(3)


def tab_to(page: Page, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_of_two_tabs_the_second_is_told_and_shown_both_versions(
    site: Any, page: Page, sign_up: Callable[..., None]
) -> None:
    sign_up(site, "two-tabs@example.com", "en")
    page.goto(site.url + WAKE_WORD)
    other = page.context.new_page()
    other.goto(site.url + WAKE_WORD)

    page.fill("[name=model]", "from the first tab")
    expect(page.locator(".save [role=status]")).to_have_text("Saved.")
    other.fill("[name=model]", "from the second tab")
    expect(other.locator(".save [role=status]")).to_contain_text("changed in another tab")
    other.click(".save button:not([name])")

    expect(other.locator("[role=alert]")).to_contain_text("changed in another tab")
    assert other.input_value("[name=model]") == "from the second tab"
    other.click("details:has-text('The saved version') summary")
    expect(other.locator(".typed").first).to_have_text("from the first tab")


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Page]:
    """A browser that runs no JavaScript."""
    context = browser.new_context(java_script_enabled=False, extra_http_headers={"Accept-Language": "en"})
    yield context.new_page()
    context.close()


def test_the_calculator_works_without_scripts_and_without_an_account(site: Any, without_scripts: Page) -> None:
    page = without_scripts
    page.goto(site.url + WAKE_WORD)

    for name, quantity in DIALS.items():
        page.fill(f"[name={name}]", quantity)
    page.click("text=Calculate")

    expect(page.locator("#budget")).to_contain_text(ALL_MET["en"])
    assert page.input_value("[name=parameters]") == "22.6k"


@pytest.mark.parametrize("language", SETTINGS)
def test_no_page_of_the_desk_has_a_fault(site: Any, browser: Browser, language: str) -> None:
    context = browser.new_context(**view(language))
    addresses = ["/interviews/desk/", *(one.get_absolute_url() for one in scenarios().values())]

    found = look(context, SETTINGS[language], [site.url + address for address in addresses])

    context.close()
    assert found == []
