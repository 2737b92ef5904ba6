"""Flashcards as people use them: in both languages, by keyboard alone, on a phone, in two tabs, without a network."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SignUp = Callable[..., None]


def reviews(site: Any, email: str) -> list[dict[str, Any]]:
    """What the log holds of a person, in the order in which it came."""
    with sqlite3.connect(site.home / "karui.sqlite3") as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "SELECT review.* FROM interviews_review review JOIN accounts_user ON accounts_user.id = review.owner_id"
            " WHERE email = ? ORDER BY review.id",
            [email],
        )
        return [dict(row) for row in rows]


def begin(site: Any, page: Page) -> None:
    """Start a deck of everything."""
    page.goto(f"{site.url}/interviews/cards/deck/")
    page.click("button[formmethod=post]")
    page.wait_for_url("**/interviews/cards/")


def to_next_card(page: Page, act: Callable[[], None]) -> None:
    """Do something that brings another card, or the same card's front, and wait for it."""
    before = page.locator("[name=key]").get_attribute("value")
    act()
    page.wait_for_function("key => (document.querySelector('[name=key]')?.value ?? key) !== key", arg=before)


def test_a_person_sees_the_load_begins_a_deck_and_reviews_on_a_phone_in_japanese(
    site: Any, page: Page, sign_up: SignUp, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_up(site, "phone@example.com", "ja")
    page.goto(f"{site.url}/interviews/cards/")
    page.get_by_role("link", name="学ぶ内容を選ぶ").click()
    expect(page.locator("#outlook svg.load")).to_be_visible()
    expect(page.locator("#plan")).to_have_count(0)
    assert faults(page) == []

    page.get_by_label("1 日の回答数の上限").fill("15")
    page.get_by_label("面接の日").fill(page.evaluate("new Date(Date.now() + 12 * 864e5).toISOString().slice(0, 10)"))
    expect(page.locator("#plan")).to_be_visible()
    expect(page.locator("#outlook [role=alert]")).to_contain_text("全部は収まりません")
    assert faults(page) == []
    page.get_by_role("button", name="始める").click()

    page.get_by_role("link", name="復習を始める").click()
    for grade in ("思い出せた", "忘れた"):
        page.get_by_text("答えを見る").click()
        assert faults(page) == []
        to_next_card(page, page.get_by_role("button", name=grade).click)

    assert [row["grade"] for row in reviews(site, "phone@example.com")] == [3, 1]
    page.goto(f"{site.url}/interviews/cards/statistics/")
    expect(page.locator("svg.load")).to_have_count(2)
    assert faults(page) == []
    assert complaints == []


def test_a_deck_is_reviewed_and_undone_with_the_keyboard_alone(
    site: Any, page: Page, sign_up: SignUp, complaints: list[str]
) -> None:
    sign_up(site, "keyboard-cards@example.com")
    begin(site, page)
    page.get_by_role("link", name="Review", exact=True).focus()
    page.keyboard.press("Enter")
    first = page.locator("h1").inner_text()

    page.keyboard.press("3")  # nothing is graded before the answer is seen
    expect(page.locator("[data-back]")).not_to_have_attribute("open", "")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Good")).to_be_visible()
    to_next_card(page, lambda: page.keyboard.press("3"))
    expect(page.locator("h1")).not_to_have_text(first)
    page.keyboard.press("Space")
    to_next_card(page, lambda: page.keyboard.press("4"))
    to_next_card(page, lambda: page.keyboard.press("u"))
    to_next_card(page, lambda: page.keyboard.press("u"))

    expect(page.locator("h1")).to_have_text(first)
    assert [(row["grade"], row["undone_at"] is None) for row in reviews(site, "keyboard-cards@example.com")] == [
        (3, False),
        (4, False),
    ]
    assert complaints == []


def test_a_grade_without_a_connection_is_stored_once_when_it_is_back(site: Any, page: Page, sign_up: SignUp) -> None:
    sign_up(site, "tunnel@example.com")
    begin(site, page)
    page.goto(f"{site.url}/interviews/cards/review/")
    page.keyboard.press("Space")
    page.context.set_offline(True)
    page.get_by_role("button", name="Good").click()
    expect(page.get_by_role("status").filter(has_text="kept in this browser")).to_be_visible()
    expect(page.get_by_role("button", name="Good")).to_be_disabled()
    assert reviews(site, "tunnel@example.com") == []

    to_next_card(page, lambda: page.context.set_offline(False))

    assert [row["grade"] for row in reviews(site, "tunnel@example.com")] == [3]
    page.reload()
    assert len(reviews(site, "tunnel@example.com")) == 1
    assert page.evaluate("localStorage.getItem('karui.grades')") == "[]"


def test_a_grade_that_never_arrived_is_sent_on_the_next_visit_with_the_time_at_which_it_was_given(
    site: Any, page: Page, sign_up: SignUp
) -> None:
    sign_up(site, "train@example.com")
    begin(site, page)
    page.goto(f"{site.url}/interviews/cards/review/")
    page.keyboard.press("Space")
    page.context.set_offline(True)
    page.get_by_role("button", name="Hard").click()
    expect(page.get_by_role("status").filter(has_text="kept in this browser")).to_be_visible()
    page.close()
    page.context.set_offline(False)

    later = page.context.new_page()
    later.goto(f"{site.url}/interviews/cards/")
    later.wait_for_function("() => localStorage.getItem('karui.grades') === '[]'")

    stored = reviews(site, "train@example.com")
    assert [row["grade"] for row in stored] == [2]
    assert stored[0]["reviewed_at"] < stored[0]["recorded_at"]


def test_an_answer_that_was_lost_on_its_way_back_does_not_store_the_grade_twice(
    site: Any, page: Page, sign_up: SignUp
) -> None:
    sign_up(site, "lost@example.com")
    begin(site, page)
    page.goto(f"{site.url}/interviews/cards/review/")
    page.keyboard.press("Space")
    lost: list[str] = []

    def lose_the_first(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/interviews/cards/review/", lose_the_first)
    to_next_card(page, page.get_by_role("button", name="Good").click)

    assert len(lost) == 1
    assert [row["grade"] for row in reviews(site, "lost@example.com")] == [3]


def test_of_two_tabs_the_second_is_told_and_goes_on(site: Any, page: Page, sign_up: SignUp) -> None:
    sign_up(site, "tabs@example.com")
    begin(site, page)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{site.url}/interviews/cards/review/")
        tab.keyboard.press("Space")
    to_next_card(page, page.get_by_role("button", name="Good").click)

    to_next_card(other, other.get_by_role("button", name="Again").click)

    expect(other.get_by_text("already graded elsewhere")).to_be_visible()
    expect(other.locator("h1")).to_have_text(page.locator("h1").inner_text())
    assert [row["grade"] for row in reviews(site, "tabs@example.com")] == [3]


def test_a_grade_of_one_person_is_not_sent_for_another_on_the_same_browser(
    site: Any, page: Page, sign_up: SignUp
) -> None:
    sign_up(site, "first@example.com")
    begin(site, page)
    page.goto(f"{site.url}/interviews/cards/review/")
    page.keyboard.press("Space")
    page.context.route("**/cards/review/", lambda r: r.abort() if r.request.method == "POST" else r.continue_())
    page.get_by_role("button", name="Good").click()
    expect(page.get_by_role("status").filter(has_text="kept in this browser")).to_be_visible()
    page.goto("about:blank")
    page.context.clear_cookies()
    page.context.unroute("**/cards/review/")

    sign_up(site, "second@example.com")
    begin(site, page)
    page.goto(f"{site.url}/interviews/cards/review/", wait_until="networkidle")

    assert reviews(site, "second@example.com") == reviews(site, "first@example.com") == []


def test_cards_are_reviewed_without_javascript(site: Any, page: Page, sign_up: SignUp) -> None:
    sign_up(site, "plain-cards@example.com")
    begin(site, page)
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=page.context.storage_state(), locale="en"
    )
    plain = context.new_page()
    plain.goto(f"{site.url}/interviews/cards/review/")
    first = plain.locator("h1").inner_text()
    plain.get_by_text("Show the answer").click()
    plain.get_by_role("button", name="Good").click()

    expect(plain.locator("h1")).not_to_have_text(first)
    plain.get_by_role("button", name="Undo the last grade").click()
    expect(plain.locator("h1")).to_have_text(first)
    context.close()
