"""The site as a client sees it: patient with broken connections, never handing anything in twice."""

import time
from collections.abc import Callable, Iterator
from pathlib import PurePath
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from challenges.online.answers import Me, Page, Problem, Submission, Upload
from challenges.online.login import Login
from grader.entry import Entry

PART_BYTES = 2**20
TRIES = 6
PATIENCE_S = 60
BUSY = (429, 502, 503, 504)

T = TypeVar("T")
Arrived = Callable[[float], None]
"""Is told which fraction of something has been carried."""


class SiteRefused(Exception):
    """The site says no, in words of its own and in the language that it was asked in."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class SiteUnreachable(Exception):
    """It cannot be reached, or answers as Karui would not."""


class Site:
    """One site, for one person, in one language."""

    def __init__(self, login: Login, language: str) -> None:
        headers = {"Authorization": f"Bearer {login.token}", "Accept-Language": language}
        self._client = httpx.Client(base_url=f"{login.site}/api/v1/", headers=headers, timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def me(self) -> Me:
        """Who the token is for."""
        return read(self._ask("GET", "me/"), Me)

    def revoke(self) -> None:
        """Let the token work no more."""
        self._ask("DELETE", "me/token/")

    def hand_in(self, challenge: str, entry: Entry, arrived: Arrived) -> Submission:
        """Send what the site does not have yet of the file, and hand it in once."""
        self._send(entry, arrived)
        given = {"challenge": challenge, "sha256": entry.sha256, "file_name": PurePath(entry.name).name}
        answer = self._ask("POST", "submissions/", json=given, headers={"Idempotency-Key": uuid4().hex})
        return read(answer, Submission)

    def submissions(self) -> list[Submission]:
        """The newest of this person."""
        return read(self._ask("GET", "submissions/"), Page).results

    def submission(self, key: str) -> Submission:
        """One of them."""
        return read(self._ask("GET", f"submissions/{key}/"), Submission)

    def report(self, key: str, arrived: Arrived) -> bytes:
        """Its report as JSON."""
        with self._client.stream("GET", f"submissions/{key}/report/") as answer:
            if answer.is_error:
                answer.read()
            checked(answer)
            total = int(answer.headers.get("Content-Length") or 0)
            carried = bytearray()
            for part in answer.iter_bytes():
                carried += part
                arrived(answer.num_bytes_downloaded / total if total else 0.0)
            return bytes(carried)

    def _send(self, entry: Entry, arrived: Arrived) -> None:
        """Part by part, each from where the site says that it is."""
        address = f"uploads/{entry.sha256}/"
        known = read(self._ask("GET", address), Upload)
        while not known.is_kept and known.received_bytes < len(entry.data):
            at = known.received_bytes
            part = entry.data[at : at + PART_BYTES]
            head = {"Upload-Offset": str(at), "Content-Type": "application/octet-stream"}
            known = read(self._ask("PATCH", address, content=part, headers=head, expected=409), Upload)
            arrived(known.received_bytes / len(entry.data))
        arrived(1.0)

    def _ask(self, method: str, path: str, *, expected: int = 0, **what: Any) -> httpx.Response:
        """One request, repeated while the site or the way to it is busy. `expected`: an error that the caller wants."""
        answer = self._patiently(method, path, what)
        return answer if answer.status_code == expected else checked(answer)

    def _patiently(self, method: str, path: str, what: dict[str, Any]) -> httpx.Response:
        for wait_s in waits():
            try:
                answer = self._client.request(method, path, **what)
            except httpx.TransportError as broken:
                if wait_s is None:
                    raise SiteUnreachable(str(broken)) from broken
            else:
                asked_s = float(answer.headers.get("Retry-After") or 0)
                if answer.status_code not in BUSY or wait_s is None or asked_s > PATIENCE_S:
                    return answer
                wait_s = max(wait_s, asked_s)
            time.sleep(wait_s)
        raise AssertionError  # the last wait is None


def waits() -> Iterator[float | None]:
    """How long to wait after each try; None after the last."""
    yield from (0.5 * 2**attempt for attempt in range(TRIES - 1))
    yield None


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a success. Raises SiteRefused, SiteUnreachable."""
    if answer.is_success:
        return answer
    try:
        raise SiteRefused(msgspec.json.decode(answer.content, type=Problem))
    except msgspec.DecodeError:
        raise SiteUnreachable(f"HTTP {answer.status_code}") from None


def read(answer: httpx.Response, kind: type[T]) -> T:
    """What it says. Raises SiteUnreachable if that is not what Karui would say."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as strange:
        raise SiteUnreachable(str(strange)) from strange
