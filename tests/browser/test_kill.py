"""kill -9 in the worst moments: whatever was handed in is graded once, by itself, after the restart."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from challenges.registry import catalogue
from challenges.solutions import solutions

pytestmark = [
    *(pytest.mark.browser, pytest.mark.sandbox, pytest.mark.slow, pytest.mark.graded),
    pytest.mark.usefixtures("device_lab"),
]
GRADING_MS = 120_000
SLOW_LINE = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 100_000}  # bytes a second


@pytest.fixture(scope="module")
def fragile(open_site: Callable[..., Any]) -> Any:
    """A site whose leases run out quickly, so that the test need not wait long."""
    return open_site(KARUI_LEASE_S="9", KARUI_REAP_EVERY_S="1")


def built(name: str) -> bytes:
    """The entry of one of the challenge's solutions."""
    spec = catalogue()["int8_fashion"]
    return next(solution for solution in solutions(spec) if solution.name == name).build(spec).data


@pytest.fixture(scope="module")
def timed() -> bytes:
    """An entry that is measured for as long as any."""
    return built("reference")


@pytest.fixture(scope="module")
def entry() -> bytes:
    """One that is rejected in the sandbox: a verdict is what these tests wait for, not which."""
    return built("swapped")


def wait_until_final(site: Any) -> dict[str, Any]:
    """The last row, once nothing more will happen to it."""
    end = time.monotonic() + GRADING_MS / 1000
    while time.monotonic() < end:
        row: dict[str, Any] = site.rows()[-1]
        if row["finished_at"]:
            return row
        time.sleep(0.5)
    raise TimeoutError(site.rows()[-1]["status"])


def finished_times(site: Any, row: dict[str, Any]) -> int:
    """How often a worker stored a report for this row."""
    ids = [entry["submission"].replace("-", "") for entry in site.logged("finished")]
    return ids.count(row["id"].replace("-", ""))


@pytest.mark.long  # tests/services/test_chaos.py kills workers too
def test_a_worker_killed_in_the_middle_of_a_grading_costs_nothing(
    fragile: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], timed: bytes
) -> None:
    sign_up(fragile, "worker@example.com")
    hand_in(fragile, "int8_fashion", timed)
    expect(page.locator("#progress li.now")).to_contain_text("Measuring latency", timeout=GRADING_MS)
    expect(page.locator("#progress h2")).to_have_text("Being graded", timeout=GRADING_MS)  # it no longer waits for it

    fragile.kill("worker")
    fragile.start_worker()

    expect(page.locator("section.verdict")).to_be_visible(timeout=GRADING_MS)
    row = wait_until_final(fragile)
    assert (row["status"], row["losses"]) == ("graded", 1)
    assert row["attempt"] == 4 + row["noisy_before"]  # two phases, twice; on a busy machine it may be timed once more
    assert finished_times(fragile, row) == 1


def test_a_submission_that_waits_while_no_worker_runs_is_graded_after_its_start(
    fragile: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], entry: bytes
) -> None:
    sign_up(fragile, "queue@example.com")
    fragile.kill("worker")
    hand_in(fragile, "int8_fashion", entry)
    expect(page.locator("#progress h2")).to_have_text("Waiting for the grader")
    for message in (fragile.home / "broker").glob("*.msg"):  # the queue dies with the worker's machine
        message.unlink()

    fragile.start_worker()

    expect(page.locator("section.verdict")).to_be_visible(timeout=GRADING_MS)
    row = wait_until_final(fragile)
    assert (row["attempt"], row["losses"]) == (1 + row["noisy_before"], 0)
    assert finished_times(fragile, row) == 1


def test_a_page_that_waits_outlives_a_proxy_without_a_server_and_keeps_the_focus(
    fragile: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], entry: bytes
) -> None:
    sign_up(fragile, "proxy@example.com")
    fragile.kill("worker")
    hand_in(fragile, "int8_fashion", entry)
    polls: list[str] = []

    def away_at_first(route: Any) -> None:
        polls.append(route.request.url)
        if len(polls) > 2:
            route.continue_()
        else:
            route.fulfill(status=503, content_type="text/html", body="<html><body><h1>No server</h1></body></html>")

    page.locator("#progress form button").focus()
    page.route("**/submissions/**", away_at_first)
    while len(polls) < 4:
        page.wait_for_timeout(100)
    page.unroute("**/submissions/**")

    expect(page.locator("#progress h2")).to_have_text("Waiting for the grader")
    expect(page.locator("#progress form button")).to_be_focused()
    page.click("#progress form button")
    expect(page.locator("section.verdict.cancelled")).to_be_visible()
    fragile.start_worker()


def test_a_web_server_killed_during_an_upload_gets_it_again_by_itself(
    fragile: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], entry: bytes
) -> None:
    before = len(fragile.rows())
    sign_up(fragile, "upload@example.com")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_LINE)
    hand_in(fragile, "int8_fashion", entry)
    while (sent := page.locator(".sending progress").evaluate("(bar) => bar.value")) < 0.3:
        page.wait_for_timeout(100)
    assert sent < 1

    fragile.kill("web")
    expect(page.locator(".sending [role=status]")).to_contain_text("Trying again by itself", timeout=10_000)
    network.send("Network.emulateNetworkConditions", {**SLOW_LINE, "uploadThroughput": -1})
    fragile.start_web()

    page.wait_for_url("**/submissions/**", timeout=GRADING_MS)
    row = wait_until_final(fragile)
    assert len(fragile.rows()) == before + 1
    assert (row["status"], row["losses"]) == ("rejected", 0)
    assert finished_times(fragile, row) == 1


def test_an_answer_that_got_lost_does_not_hand_in_twice(
    fragile: Any, page: Page, sign_up: Callable[..., None], hand_in: Callable[..., None], entry: bytes
) -> None:
    before = len(fragile.rows())
    sign_up(fragile, "lost@example.com")
    lost: list[int] = []

    def lose_the_first_answer(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/submissions/new/**", lose_the_first_answer)
    hand_in(fragile, "int8_fashion", entry)

    page.wait_for_url("**/submissions/**", timeout=GRADING_MS)
    assert lost == [302]
    assert len(fragile.rows()) == before + 1
    wait_until_final(fragile)
