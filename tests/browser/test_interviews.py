"""Questions and mock interviews, as people use them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from interviews.bank.bank import bank
from tests.browser.looking import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
WORDS = {
    "ja": {"query": "枝刈り 閾値", "weak": "弱い", "fair": "ふつう", "strong": "強い", "saved": "保存しました"},
    "en": {"query": "pruning threshold", "weak": "Weak", "fair": "Fair", "strong": "Strong", "saved": "Saved"},
}
QUESTION = "pruning-threshold"


def begin(page: Page, site: Any, minutes: int = 15) -> None:
    """Start a mock interview."""
    page.goto(f"{site.url}/interviews/mock/")
    page.check(f"[name=minutes][value='{minutes}']")
    page.click("main form.card button[type=submit]")
    expect(page.locator("#text")).to_be_focused()


def seconds_left(page: Page) -> int:
    """What the clock shows."""
    minutes, seconds = page.locator(".clock [data-shown]").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def answer_all(page: Page, text: str) -> int:
    """Answer until nothing more is asked; says how often."""
    answered = 0
    while page.locator("#answer").count():
        page.fill("#text", f"{text} {answered}")
        with page.expect_navigation():
            page.click("#answer button[type=submit]")
        answered += 1
    return answered


@both_languages
def test_a_visitor_finds_a_question_and_reads_its_answer(
    site: Any, page: Page, complaints: list[str], language: str
) -> None:
    words, text = WORDS[language], bank().questions[QUESTION].texts[language]
    page.set_extra_http_headers({"Accept-Language": language})

    page.goto(f"{site.url}/interviews/questions/")
    page.fill("[name=q]", words["query"])
    expect(page.locator("#found li").first).to_contain_text(text.title)
    page.select_option("[name=level]", "2")
    expect(page).to_have_url(re.compile("level=2"))
    page.click("#found li a >> nth=0")
    expect(page.locator(".answer")).to_be_hidden()
    page.click("summary >> nth=0")
    expect(page.locator(".answer")).to_be_visible()
    page.click("summary >> nth=1")

    expect(page.locator(".rubric dt")).to_have_text([words["weak"], words["fair"], words["strong"]])
    assert complaints == []


def test_a_bookmark_is_set_and_found_again(
    site: Any, page: Page, sign_up: Callable[..., None], complaints: list[str]
) -> None:
    sign_up(site, "bookmarks@example.com")
    page.goto(f"{site.url}/interviews/questions/{QUESTION}/")

    page.click("#bookmark button")
    expect(page.locator("#bookmark button")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{site.url}/interviews/questions/")
    page.check("[name=bookmarked]")

    expect(page.locator("#found li")).to_have_count(1)
    assert complaints == []


@pytest.mark.parametrize(("language", "width"), [("ja", 390), ("en", 1280)])
def test_an_interview_is_held_judged_and_looked_back_on(
    site: Any, page: Page, sign_up: Callable[..., None], complaints: list[str], language: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_up(site, f"mock-{language}@example.com", language)
    begin(page, site)

    page.locator("#text").press_sequentially("First I would ask for the target.")
    expect(page.locator(".saving")).to_contain_text(WORDS[language]["saved"])
    found = faults(page)
    before = seconds_left(page)
    page.reload()
    expect(page.locator("#text")).to_have_value("First I would ask for the target.")
    assert before - 5 <= seconds_left(page) <= before
    answered = answer_all(page, "answer")
    assert answered >= 2
    assert answered % 2 == 0  # each question with its follow-up

    found += faults(page)
    for fieldset in page.locator("fieldset.verdicts").all():
        fieldset.get_by_text(WORDS[language]["weak"], exact=True).click()
    page.click(".save button")
    expect(page.locator(".shares li")).not_to_have_count(0)
    expect(page.locator(".plan li")).not_to_have_count(0)
    found += faults(page)
    page.goto(f"{site.url}/interviews/mock/")

    expect(page.locator("tbody tr")).to_have_count(1)
    found += faults(page)
    assert (found, complaints) == ([], [])


def test_an_interview_can_be_held_with_the_keyboard_alone(
    site: Any, page: Page, sign_up: Callable[..., None], complaints: list[str]
) -> None:
    sign_up(site, "keyboard-mock@example.com")
    page.goto(f"{site.url}/interviews/mock/")
    tab_to(page, "[name=level]:checked")
    page.keyboard.press("ArrowRight")
    tab_to(page, "[name=minutes]:checked")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "main form.card button")
    page.keyboard.press("Enter")

    expect(page.locator("#text")).to_be_focused()
    while page.locator("#answer").count():
        page.keyboard.type("typed")
        page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    for position in range(page.locator("fieldset.verdicts").count()):
        tab_to(page, f"fieldset.verdicts >> nth={position} >> input >> nth=0")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    tab_to(page, ".save button")
    page.keyboard.press("Enter")

    expect(page.locator(".shares li")).not_to_have_count(0)
    assert complaints == []


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until it has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.locator(selector).first.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_what_is_typed_without_a_connection_arrives_later(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    sign_up(site, "tunnel-mock@example.com")
    begin(page, site)

    page.context.set_offline(True)
    page.locator("#text").press_sequentially("typed in a tunnel")
    expect(page.locator(".saving")).to_contain_text("Not sent yet")
    page.context.set_offline(False)
    expect(page.locator(".saving")).to_contain_text("Saved", timeout=10_000)
    page.reload()

    expect(page.locator("#text")).to_have_value("typed in a tunnel")


def test_what_never_arrived_is_there_again_at_the_next_visit(
    site: Any, page: Page, sign_up: Callable[..., None]
) -> None:
    sign_up(site, "crash@example.com")
    begin(page, site)
    address = page.url

    page.context.set_offline(True)
    page.locator("#text").press_sequentially("before the battery died")
    expect(page.locator(".saving")).to_contain_text("Not sent yet")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(address)

    expect(page.locator("#text")).to_have_value("before the battery died")
    page.wait_for_function("localStorage.length === 0")  # the server has it
    page.reload()

    expect(page.locator("#text")).to_have_value("before the battery died")


def test_a_long_japanese_answer_is_saved_while_it_is_typed(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    sign_up(site, "long@example.com")
    begin(page, site)

    page.fill("#text", "量子化" * 5000)  # 135,000 characters on the wire

    expect(page.locator(".saving")).to_contain_text("Saved")


def test_what_the_button_could_not_send_is_there_again(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    sign_up(site, "button@example.com")
    begin(page, site)
    address = page.url

    page.context.set_offline(True)
    page.fill("#text", "sent into the void")
    page.click("#answer button[type=submit]")
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(address)

    expect(page.locator("#text")).to_have_value("sent into the void")


def test_who_was_signed_out_is_told_and_finds_the_text_again(
    site: Any, page: Page, sign_up: Callable[..., None]
) -> None:
    sign_up(site, "out@example.com")
    begin(page, site)
    address, cookies = page.url, page.context.cookies()

    page.context.clear_cookies(name="sessionid")
    page.fill("#text", "typed after the session ended")
    expect(page.locator(".saving")).to_contain_text("signed out")
    page.click("#answer button[type=submit]")
    page.wait_for_url("**/accounts/login/?next=/interviews/mock/**")
    page.context.add_cookies(cookies)  # signs in again
    page.goto(address)

    expect(page.locator("#text")).to_have_value("typed after the session ended")


def test_what_is_kept_in_a_browser_is_for_its_writer_alone(site: Any, page: Page, sign_up: Callable[..., None]) -> None:
    sign_up(site, "writer@example.com")
    page.goto(f"{site.url}/interviews/desk/wake-word/")
    page.context.set_offline(True)
    page.fill("[name=model]", "nobody else's business")
    expect(page.locator(".saving")).to_contain_text("Not sent yet")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(
        f"{site.url}/accounts/logout/"
    )  # cookies that are merely cleared can be set again by an answer on its way
    page.click("main button")
    page.wait_for_url(f"{site.url}/")
    sign_up(site, "reader@example.com")

    page.goto(f"{site.url}/interviews/desk/wake-word/")

    expect(page.locator("[name=model]")).to_have_value("")


def test_the_second_of_two_tabs_is_told_and_nothing_is_lost(
    site: Any, page: Page, sign_up: Callable[..., None]
) -> None:
    sign_up(site, "tabs-mock@example.com")
    begin(page, site)
    other = page.context.new_page()
    other.goto(page.url)

    page.locator("#text").press_sequentially("from one tab")
    expect(page.locator(".saving")).to_contain_text("Saved")
    other.locator("#text").press_sequentially("from the other")
    expect(other.locator(".saving")).to_contain_text("changed in another tab")
    other.click("#answer button[type=submit]")

    expect(other.locator("[role=alert]")).to_contain_text("from one tab")
    expect(other.locator("#text")).to_have_value("from the other")
