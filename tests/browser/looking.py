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
WIDE = 1000


class Setting(NamedTuple):
    """How a page is looked at. Contrast is what axe spends its time on, and no colour hangs on the language."""

    scheme: Literal["light", "dark"]
    width: int
    contrast: bool
    axe: bool = True


SETTINGS = {
    "ja": (Setting("light", 360, contrast=True), Setting("dark", 1280, contrast=True)),
    "en": (Setting("dark", 360, contrast=False, axe=False), Setting("light", 1280, contrast=False, axe=False)),
}
"""What a page is looked at under in a language. Axe sees the markup, which is the same in English; words are not."""
LOOK = """(contrast) => axe
    .run({ resultTypes: ['violations'], rules: { 'color-contrast': { enabled: contrast } } })
    .then((results) => results.violations)"""


def heading(verdict: Verdict | Report) -> str:
    """What stands over an English report. Gold is said there in words, so that it is also heard."""
    passed = say(f"verdict_{verdict.result}", {}, "en").message
    return f"{passed} Gold" if verdict.gold else passed


def faults(page: Page, contrast: bool = True, axe: bool = True) -> list[str]:
    """What axe finds with everything unfolded, and whether the page is wider than the screen."""
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    if axe and not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate(LOOK, contrast) if axe else []
    found = [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in violations]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{wider} px too wide"] if wider > 0 else found


def faults_under(page: Page, settings: Iterable[Setting]) -> list[str]:
    """The faults of a page that is loaded once and seen under several settings."""
    found = []
    for scheme, width, contrast, axe in settings:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{scheme}, {width} px: {fault}" for fault in faults(page, contrast, axe)]
    return found


def in_turn(settings: Sequence[Setting], number: int) -> list[Setting]:
    """Contrast of one page in light, of the next one in dark: they share one style sheet. Narrow ones axe sees all."""

    def turned(at: int, setting: Setting) -> Setting:
        turn = at == number % 2
        return setting._replace(contrast=setting.contrast and turn, axe=setting.axe and (turn or setting.width < WIDE))

    return [turned(at, setting) for at, setting in enumerate(settings)]


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
