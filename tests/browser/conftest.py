"""The site as it runs for people: real processes in a home of their own, and real headless Chromium."""

import hashlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from config.management.commands.compile_translations import compile_translations
from tests.data_sets import MACHINE_HOME, SECRET, lend
from tests.tables import NAME, empty_database

ROOT = Path(__file__).parents[2]
STATIC = MACHINE_HOME / "static"
START_S = 60
PASS_PHRASE = "correct horse battery staple"
IMPATIENT = {
    "KARUI_QUIETER_AFTER_S": "5",
    "KARUI_REAP_EVERY_S": "5",
    "KARUI_SELF_TEST": "0",
    "CELERY_SKIP_CHECKS": "1",
}
"""A noisy timing is made anew soon. What a worker tests of itself is seen where `./run` is; Django's checks too."""


@dataclass
class Site:
    """uvicorn and a Celery worker that share one KARUI_HOME."""

    home: Path
    port: int
    settings: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.port}"

    def manage(self, *arguments: str) -> str:
        """Run manage.py to its end, and give what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes."""
        ours = {"KARUI_HOME": str(self.home), "KARUI_URL": self.url, "PYTHONPATH": "platform"}
        return {**os.environ, **SECRET, **ours, **self.settings}

    def start_web(self) -> None:
        """Start uvicorn and wait until it answers."""
        self.start("web", "uvicorn", "config.asgi:application", "--app-dir", "platform", "--port", str(self.port))
        self.wait_for("/healthz")

    def start_worker(self) -> None:
        """Start a worker with its beat and wait until the site knows it."""
        self.start("worker", "celery", "--app", "config", "worker", "--beat", "--concurrency", "1")
        self.wait_for("/readyz")

    def start(self, name: str, module: str, *arguments: str) -> None:
        """Start one process, its output going to a log in the home."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self) -> None:
        """End everything in peace, and by force what does not listen."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def wait_for(self, path: str) -> None:
        """Until the address answers 200."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with suppress(OSError), urllib.request.urlopen(self.url + path, timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.2)
        raise TimeoutError(f"{path} did not answer; logs in {self.home}")

    def rows(self) -> list[dict[str, Any]]:
        """Every submission, as the database has it."""
        with sqlite3.connect(self.home / NAME) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM submissions_submission ORDER BY queued_at")]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """What the worker wrote about one kind of event."""
        lines = (self.home / "worker.log").read_text().splitlines()
        return [entry for line in lines if line.startswith("{") and (entry := json.loads(line))["event"] == event]


def static_files_are_collected() -> bool:
    """Whether set-up has collected them as they are now: packing them takes longer than all else of a site's start."""
    sources = (ROOT / "platform" / "static").rglob("*")
    manifest = STATIC / "staticfiles.json"
    return manifest.is_file() and manifest.stat().st_mtime > max(path.stat().st_mtime for path in sources)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Ports that nobody listens on."""

    def find() -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port: int = listener.getsockname()[1]
            return port

    return find


@pytest.fixture(scope="session")
def open_site(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Callable[..., Site]]:
    """Start sites; all of them are stopped at the end."""
    compile_translations(ROOT / "platform" / "locale")
    sites = []

    def start(**settings: str) -> Site:
        site = Site(tmp_path_factory.mktemp("karui"), free_port(), IMPATIENT | settings)
        sites.append(site)
        lend(site.home)
        shutil.copy(empty_database(), site.home / NAME)
        if static_files_are_collected():
            (site.home / STATIC.name).symlink_to(STATIC, target_is_directory=True)
        else:
            site.manage("collectstatic", "--noinput", "--verbosity", "0")
        site.start_web()
        site.start_worker()
        return site

    yield start
    for site in sites:
        site.stop()


@pytest.fixture(scope="session")
def site(open_site: Callable[..., Site]) -> Site:
    """One site for all tests that break nothing."""
    return open_site(KARUI_DAILY_ATTEMPTS="100")


@pytest.fixture(scope="session")
def base_url() -> None:
    """Replaces pytest-base-url's fixture, which pytest 9 warns about; our addresses are whole."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium without windows, which takes half the time for a page; and it phones nobody."""
    return {
        **browser_type_launch_args,
        "executable_path": "/usr/bin/chromium-headless-shell",
        "args": ["--no-sandbox", "--disable-background-networking", "--accept-lang=en-US,en"],
    }


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Everything that the browser's console calls an error: broken scripts, refused by the CSP, not found."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            heard.append(f"{page.url}: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    return heard


@pytest.fixture
def sign_up(page: Page) -> Callable[..., None]:
    """Make an account through the pages, in a language."""

    def sign_up(site: Site, email: str, language: str = "en") -> None:
        # From an address of their own, because those who come from one address may only be twenty in a minute.
        of_their_own = ".".join(map(str, (10, *hashlib.sha256(email.encode()).digest()[:3])))
        page.set_extra_http_headers({"Accept-Language": language, "X-Forwarded-For": of_their_own})
        page.goto(f"{site.url}/accounts/signup/")
        page.fill("[name=email]", email)
        page.fill("[name=password1]", PASS_PHRASE)
        page.fill("[name=password2]", PASS_PHRASE)
        with page.expect_response(lambda response: response.request.method == "POST") as answer:
            page.click("main button")
        assert answer.value.status == HTTPStatus.FOUND, page.locator("main").inner_text()
        page.wait_for_url("**/challenges/")

    return sign_up


@pytest.fixture
def hand_in(page: Page) -> Callable[..., None]:
    """Upload a model on a challenge's page."""

    def hand_in(site: Site, challenge: str, model: bytes) -> None:
        page.goto(f"{site.url}/challenges/{challenge}/")
        page.set_input_files(
            "input[type=file]", {"name": "entry.onnx", "mimeType": "application/octet-stream", "buffer": model}
        )
        page.click("form[data-upload] button")

    return hand_in
