"""The way from a command to the site, both in one process, so that it can break wherever a test wants it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from challenges.online import site


class Way(httpx.BaseTransport):
    """The way to the site. `faults` are raised by the next requests, one each, before or after the site has seen it."""

    def __init__(self) -> None:
        self.site = httpx.WSGITransport(get_wsgi_application())
        self.faults: list[str] = []
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fault = self.faults.pop(0) if self.faults else ""
        self.asked.append(f"{request.method} {request.url.path}")
        if fault == "not sent":
            raise httpx.ConnectError("no way")
        answer = self.site.handle_request(request)
        if fault == "answer lost":
            raise httpx.ReadError("cut off")
        return httpx.Response(502, content=b"proxy") if fault == "bad gateway" else answer


@contextmanager
def into_this_process(patch: pytest.MonkeyPatch) -> Iterator[Way]:
    """Requests of a command in English reach the site in this process, and nobody waits."""
    between = Way()
    patch.setattr(site.httpx, "Client", partial(httpx.Client, transport=between))
    patch.setattr(site, "waits", lambda: iter((0.0, 0.0, 0.0, None)))
    patch.setenv("KARUI_LANG", "en")
    patch.setenv("COLUMNS", "300")
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield between
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
