"""The site as a client sees it: patient with broken connections, never handing anything in twice."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from challenges.errand import Errand
from challenges.online.answers import Lease, Me, Page, Problem, Submission, Upload
from challenges.online.login import Login
from grader.entry import Entry
from grader.errors import Params
from grader.report import TimingProcess

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
        self.address = login.site
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

    def claim(self, device: str, name: str, machine: Mapping[str, str]) -> Lease | None:
        """What a board shall time next. None if nothing waits."""
        answer = self._ask("POST", f"devices/{device}/claim/", json={"name": name, "machine": machine})
        return None if answer.status_code == httpx.codes.NO_CONTENT else read(answer, Lease)

    def errand(self, device: str, lease: Lease) -> Errand:
        """What is needed for that. Raises SiteRefused if the lease is over, as the next three do."""
        data = self._ask("GET", _of(device, lease)).content
        try:
            return Errand.from_bytes(data)
        except ValueError as strange:
            raise SiteUnreachable(str(strange)) from strange

    def renew(self, device: str, lease: Lease) -> None:
        """Keep it for a while longer."""
        self._ask("PATCH", _of(device, lease))

    def answer(self, device: str, lease: Lease, processes: Sequence[TimingProcess], machine: Mapping[str, str]) -> None:
        """Hand in what was measured."""
        measured = {"processes": msgspec.to_builtins(processes), "machine": machine}
        self._ask("PUT", _of(device, lease), json=measured)

    def give_up(self, device: str, lease: Lease, code: str, params: Params) -> None:
        """Say why nothing could be measured."""
        told = {name: str(value)[:256] for name, value in params.items()}
        self._ask("POST", f"{_of(device, lease)}failure/", json={"code": code, "params": told})

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


def _of(device: str, lease: Lease) -> str:
    """The address of a lease."""
    return f"devices/{device}/leases/{lease.id}/{lease.attempt}/"


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
