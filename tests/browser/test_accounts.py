"""An account from GitHub to its end, in real Chromium, whose CSP holds forms to where they may lead."""

from collections.abc import Callable, Iterator
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import SETTINGS, faults, faults_under
from tests.fake_github import CLIENT, FakeGitHub

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def github() -> Iterator[FakeGitHub]:
    """A GitHub for the site."""
    fake = FakeGitHub()
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def connected(open_site: Callable[..., Any], github: FakeGitHub) -> Any:
    """A site whose environment describes that GitHub."""
    return open_site(
        KARUI_GITHUB_CLIENT_ID=CLIENT["client_id"],
        KARUI_GITHUB_CLIENT_SECRET=CLIENT["client_secret"],
        KARUI_GITHUB_URL=github.url,
        NO_PROXY="127.0.0.1",
    )


def test_a_person_comes_from_github_takes_their_data_along_and_deletes_the_account(
    connected: Any, page: Page, complaints: list[str]
) -> None:
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{connected.url}/accounts/login/")
    assert faults(page) == []
    page.get_by_role("button", name="Sign in with GitHub").click()
    page.wait_for_url("**/challenges/")

    page.get_by_role("link", name="Account").click()
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("in America/New_York.")).to_be_visible()
    assert faults(page) == []

    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()
    assert {"README.txt", "account.json"} <= set(ZipFile(download.value.path()).namelist())

    page.get_by_role("link", name="Delete the account").click()
    page.get_by_role("button", name="Go to GitHub and back").click()
    page.wait_for_url("**/accounts/delete/")
    assert faults(page) == []
    page.get_by_role("button", name="Delete it for ever").click()

    expect(page.get_by_text("Your account and everything in it has been deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("language", SETTINGS)
def test_the_pages_of_accounts_have_no_fault(
    connected: Any, github: FakeGitHub, page: Page, complaints: list[str], language: str
) -> None:
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(f"{connected.url}/accounts/login/")
    page.locator("form[action$='github/login/'] button").click()
    page.wait_for_url("**/challenges/")
    page.goto(f"{connected.url}/accounts/delete/")
    page.locator("form[action$='github/login/'] button").click()
    page.wait_for_url("**/accounts/delete/")

    found = []
    for path in ("settings", "delete", "3rdparty", "3rdparty/login/cancelled", "confirm/github", "password/set"):
        page.goto(f"{connected.url}/accounts/{path}/")
        found += [f"{path}: {fault}" for fault in faults_under(page, SETTINGS[language])]

    assert found == []
    assert complaints == []
