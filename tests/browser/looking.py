"""What a page says, and what is wrong with it: for axe, for the console, for a narrow screen."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page

from challenges.solutions import Verdict
from grader.report import Report
from grader.wording import say

PASS_PHRASE = "correct horse battery staple"
HEIGHT = 800


class Setting(NamedTuple):
    """How a page is looked at."""

    scheme: Literal["light", "dark"]
    width: int
    axe: bool = True


SETTINGS = {
    "ja": (Setting("light", 360), Setting("dark", 1280)),
    "en": (Setting("dark", 360, axe=False), Setting("light", 1280, axe=False)),
}
"""What a page is looked at under in a language. Axe sees the markup, which is the same in English; words are not."""
LOOK = "() => axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)"


def heading(verdict: Verdict | Report) -> str:
    """What stands over an English report. Gold is said there in words, so that it is also heard."""
    passed = say(f"verdict_{verdict.result}", {}, "en").message
    return f"{passed} Gold" if verdict.gold else passed


def faults(page: Page, axe: bool = True) -> list[str]:
    """What axe finds with everything unfolded, and whether the page is wider than the screen."""
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    if axe and not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate(LOOK) if axe else []
    found = [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in violations]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{wider} px too wide"] if wider > 0 else found


def faults_under(page: Page, settings: Iterable[Setting]) -> list[str]:
    """The faults of a page that is loaded once and seen under several settings."""
    found = []
    for scheme, width, axe in settings:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{scheme}, {width} px: {fault}" for fault in faults(page, axe)]
    return found


def in_turn(settings: Sequence[Setting], number: int) -> list[Setting]:
    """Axe sees one page narrow and light, the next one wide and dark: they share markup and one style sheet."""
    turn = number % len(settings)
    return [setting._replace(axe=setting.axe and at == turn) for at, setting in enumerate(settings)]


def look(context: BrowserContext, settings: Sequence[Setting], addresses: Iterable[str]) -> list[str]:
    """Everything that is wrong with these pages."""
    context.add_init_script(Axe().axe_script)  # sent once, and not for each page
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url) if "://localhost" not in request.url else None)
    found = []
    for number, address in enumerate(addresses):
        heard.clear()
        page.goto(address)
        found += [f"{address}: {fault}" for fault in (*faults_under(page, in_turn(settings, number)), *heard)]
    page.close()
    return found


def signed_up(browser: Browser, url: str, email: str) -> tuple[BrowserContext, Page]:
    """A browser with a new account, and its page."""
    context = browser.new_context(extra_http_headers={"Accept-Language": "en"})
    page = context.new_page()
    page.goto(f"{url}/accounts/signup/")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASS_PHRASE)
    page.fill("[name=password2]", PASS_PHRASE)
    page.click("main button")
    page.wait_for_url("**/challenges/")
    return context, page


def view(language: str) -> dict[str, Any]:
    """How a browser is opened for a language: as it is first looked at."""
    scheme, width, *_ = SETTINGS[language][0]
    return {
        "extra_http_headers": {"Accept-Language": language},
        "color_scheme": scheme,
        "viewport": {"width": width, "height": HEIGHT},
    }
