"""Every page, in both languages, light and dark, wide and narrow: no fault for axe or the console, no overflow."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect

from career.guide import guide
from challenges.registry import catalogue
from challenges.verify import solutions
from skills.map import skill_map

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.slow]
GRADING_MS = 240_000
SPEC = catalogue()["int8_fashion"]
PUBLIC = [
    "/",
    "/guide/",
    "/guide/search/?q=int8",
    "/guide/search/?q=xyzzy",
    "/salary/",
    "/salary/?years=3&deployments=2&domain=medical",
    "/salary/?years=-1&deployments=0",
    "/skills/",
    "/skills/post-training-quantization/",
    "/inventory/",
    "/inventory/result/",
    "/submissions/example/",
    "/challenges/",
    *(f"/challenges/{name}/" for name in catalogue()),
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
    "/submissions/",
    "/submissions/new/int8_fashion/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/challenges/int8_fashion/",
]


@pytest.fixture(scope="module")
def reports(site: Any, browser: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A signed-in browser, and the addresses of a passed, a partly passed, a rejected and a cancelled submission."""
    context = browser.new_context(extra_http_headers={"Accept-Language": "en"})
    page = context.new_page()
    page.goto(f"{site.url}/accounts/signup/")
    page.fill("[name=email]", "pages@example.com")
    page.fill("[name=password1]", "correct horse battery staple")
    page.fill("[name=password2]", "correct horse battery staple")
    page.click("main button")
    page.wait_for_url("**/challenges/")
    take_stock(page, site.url)
    built = {solution.folder.name: solution.build(SPEC).data for solution in solutions(SPEC)}
    addresses = [graded(site, page, built[name]) for name in ("reference", "signed_activations", "not_finite")]
    yield context, addresses
    context.close()


def take_stock(page: Page, url: str) -> None:
    """Fill in the inventory and choose a role, so that pages have something to show."""
    page.goto(f"{url}/inventory/")
    for question in page.locator("fieldset").all():
        question.locator("input").nth(1).check()
    page.click("form.questions button")
    page.check("input[value=mid]")
    page.check("input[value=camera]")
    page.click("main form.card button")


def graded(site: Any, page: Page, model: bytes) -> str:
    """The address of a report on this model."""
    page.goto(f"{site.url}/challenges/{SPEC.id}/")
    page.set_input_files("input[type=file]", {"name": "entry.onnx", "mimeType": "model/onnx", "buffer": model})
    page.click("form[data-upload] button")
    page.wait_for_url("**/submissions/**")
    expect(page.locator("section.verdict")).to_be_visible(timeout=GRADING_MS)
    return page.url


def faults(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    found = [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in Axe().run(page).response["violations"]]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{wider} px too wide"] if wider > 0 else found


def look(context: BrowserContext, address: str) -> list[str]:
    """Everything that is wrong with a page, its details opened."""
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url) if "://localhost" not in request.url else None)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    found = [f"{address}: {fault}" for fault in [*heard, *faults(page)]]
    page.close()
    return found


@pytest.mark.parametrize(
    ("language", "scheme", "width"),  # every pair of settings occurs
    [("ja", "light", 360), ("ja", "dark", 1280), ("en", "dark", 360), ("en", "light", 1280)],
)
def test_no_page_has_a_fault(
    site: Any, browser: Browser, reports: tuple[BrowserContext, list[str]], language: str, scheme: Any, width: int
) -> None:
    context, addresses = reports
    settings: dict[str, Any] = {
        "extra_http_headers": {"Accept-Language": language},
        "color_scheme": scheme,
        "viewport": {"width": width, "height": 800},
    }
    stranger = browser.new_context(**settings)
    person = browser.new_context(**settings, storage_state=context.storage_state())

    found = [fault for path in PUBLIC for fault in look(stranger, site.url + path)]
    found += [fault for path in PRIVATE for fault in look(person, site.url + path)]
    found += [fault for address in addresses for fault in look(person, address)]

    stranger.close()
    person.close()
    assert found == []


@pytest.mark.parametrize(("language", "scheme", "width"), [("ja", "light", 360), ("en", "dark", 1280)])
def test_no_chapter_and_no_skill_has_a_fault(
    site: Any, browser: Browser, language: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        extra_http_headers={"Accept-Language": language},
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )

    chapters = [chapter.get_absolute_url() for chapter in guide().chapters.values()]
    skills = [f"/skills/{skill}/" for skill in skill_map().skills]
    found = [fault for address in (*chapters, *skills) for fault in look(context, site.url + address)]

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
