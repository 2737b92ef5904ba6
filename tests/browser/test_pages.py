"""Every page, in both languages, light and dark, wide and narrow: no fault for axe or the console, no overflow.

A page is loaded once for each language, and then seen under two settings; looking.py says which.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from career.guide import guide
from challenges.registry import catalogue
from interviews.bank.bank import bank
from skills.map import skill_map
from tests.browser.looking import SETTINGS, faults, look, signed_up, view

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SPEC = catalogue()["int8_fashion"]
QUESTION = "/interviews/questions/pruning-threshold/"
PUBLIC = [
    "/",
    "/guide/",
    "/guide/quantization/",
    "/guide/search/?q=int8",
    "/guide/search/?q=xyzzy",
    "/salary/",
    "/salary/?years=3&deployments=2&domain=medical",
    "/salary/?years=-1&deployments=0",
    "/skills/",
    "/skills/post-training-quantization/",
    "/inventory/",
    "/inventory/result/",
    "/interviews/",
    "/interviews/questions/",
    "/interviews/questions/?q=xyzzy",
    QUESTION,
    "/interviews/cards/",
    "/interviews/mock/",
    "/interviews/drills/",
    "/interviews/drills/roofline/7/",
    "/interviews/desk/",
    "/interviews/desk/wake-word/",
    "/interviews/own/example/",
    "/api/",
    "/verify/",
    "/submissions/example/",
    "/status/",
    f"/boards/{SPEC.id}/",
    "/challenges/",
    f"/challenges/{SPEC.id}/",
    "/accounts/login/",
    "/accounts/signup/",
]
PRIVATE = [
    "/",
    "/guide/",
    "/skills/",
    "/skills/post-training-quantization/",
    "/inventory/",
    "/inventory/result/",
    "/roadmap/",
    "/interviews/",
    QUESTION,
    "/interviews/mock/",
    "/interviews/cards/",
    "/interviews/cards/deck/",
    "/interviews/cards/statistics/",
    "/interviews/drills/roofline/7/",
    "/interviews/own/",
    "/submissions/",
    "/submissions/new/int8_fashion/",
    "/submissions/trials/new/int8_fashion/",
    "/submissions/afterwards/int8_fashion/",
    "/api/tokens/",
    "/portfolio/",
    "/portfolio/journey/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/challenges/int8_fashion/",
]


@pytest.fixture(scope="session")
def person(site: Any, browser: Browser) -> Iterator[BrowserContext]:
    """Somebody signed in, with an inventory, a role and a deck, so that pages have something to show."""
    context, page = signed_up(browser, site.url, "pages@example.com")
    page.goto(f"{site.url}/inventory/")
    for question in page.locator("fieldset").all():
        question.locator("input").nth(1).check()
    page.click("form.questions button")
    page.check("input[value=mid]")
    page.check("input[value=camera]")
    page.click("main form.card button")
    page.goto(f"{site.url}/interviews/cards/deck/")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/interviews/cards/")
    yield context
    context.close()


def chapters_and_challenges(language: str) -> list[str]:
    chapters = [chapter.get_absolute_url() for chapter in guide().chapters.values()]
    return chapters + [f"/challenges/{name}/" for name in catalogue()]


def skills_and_questions(language: str) -> list[str]:
    """Some of them in one language, others in the other: there are many, and each kind is among the public pages."""
    skills = [f"/skills/{skill}/" for skill in skill_map().skills]
    questions = [question.get_absolute_url() for question in list(bank().questions.values())[::9]]
    return [*skills, *questions][list(SETTINGS).index(language) :: 2]


@pytest.mark.parametrize("language", SETTINGS)
def test_no_page_has_a_fault(site: Any, browser: Browser, language: str) -> None:
    context = browser.new_context(**view(language))

    found = look(context, SETTINGS[language], [site.url + path for path in PUBLIC])

    context.close()
    assert found == []


@pytest.mark.parametrize("language", SETTINGS)
def test_no_page_of_somebody_signed_in_has_a_fault(
    site: Any, browser: Browser, person: BrowserContext, language: str
) -> None:
    context = browser.new_context(**view(language), storage_state=person.storage_state())

    found = look(context, SETTINGS[language], [site.url + path for path in PRIVATE])

    context.close()
    assert found == []


@pytest.mark.parametrize(
    ("addresses", "language"),
    [
        (chapters_and_challenges, "ja"),
        (chapters_and_challenges, "en"),
        (skills_and_questions, "ja"),
        (skills_and_questions, "en"),
    ],
)
@pytest.mark.long  # of each kind there are some among the public pages
def test_no_text_has_a_fault(site: Any, browser: Browser, addresses: Callable[[str], list[str]], language: str) -> None:
    context = browser.new_context(**view(language))

    found = look(context, SETTINGS[language][:1], [site.url + path for path in addresses(language)])

    context.close()
    assert found == []


@pytest.mark.parametrize(("language", "other"), [("ja", "en"), ("en", "ja")])
@pytest.mark.parametrize("address", ["/challenges/int8_fashion/?from=here", "/guide/interviews/"])
def test_the_language_switch_keeps_the_page(site: Any, page: Page, address: str, language: str, other: str) -> None:
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(site.url + address)

    page.click(f".language button[value={other}]")

    expect(page.locator("html")).to_have_attribute("lang", other)
    assert page.url == site.url + address


@pytest.mark.usefixtures("device_lab")
def test_a_file_over_the_limit_is_not_even_sent(
    site: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], complaints: list[str]
) -> None:
    sign_up(site, "large@example.com")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)

    hand_in(site, "int8_fashion", b"\x08" + bytes(SPEC.rules.max_bytes))

    expect(page.locator(".sending [role=status]")).to_contain_text("larger than 4.00 MiB")
    assert posted == []
    assert complaints == []


@pytest.mark.usefixtures("device_lab")
@pytest.mark.parametrize(("model", "words"), [(b"", "0 bytes"), (b"just text", "does not begin like")])
def test_a_bad_file_is_explained_on_the_form(
    site: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], model: bytes, words: str
) -> None:
    sign_up(site, f"bad-{len(model)}@example.com")

    hand_in(site, "int8_fashion", model)

    expect(page.locator("#upload [role=alert]")).to_contain_text(words)
    assert faults(page) == []


def test_a_file_far_over_the_cap_is_answered_with_a_page(site: Any) -> None:
    request = urllib.request.Request(
        f"{site.url}/submissions/new/int8_fashion/", data=bytes(65 * 2**20), headers={"Accept-Language": "en"}
    )

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(request, timeout=60)

    assert answer.value.code == 413
    assert "The upload is too large" in answer.value.read().decode()
