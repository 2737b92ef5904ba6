"""What happens around every request."""

import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware

from api.problems import beyond_views, is_for_programs

GetResponse = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("karui.request")


def log_request(get_response: GetResponse) -> GetResponse:
    """Give the request an id that every log line of it carries, and write one line when it is answered."""

    def middleware(request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=uuid4().hex[:12])
        start_s = time.perf_counter()
        response = get_response(request)
        wall_ms = round((time.perf_counter() - start_s) * 1000, 1)
        log.info("answered", method=request.method, path=request.path, status=response.status_code, wall_ms=wall_ms)
        return response

    return middleware


def refuse_large_body(get_response: GetResponse) -> GetResponse:
    """Answer 413 to a request whose body `config.asgi` has thrown away, in the reader's language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if getattr(request, "scope", {}).get("karui.too_large"):
            return beyond_views(413) if is_for_programs(request) else render(request, "413.html", status=413)
        return get_response(request)

    return middleware


@sync_only_middleware
def in_one_thread(get_response: GetResponse) -> GetResponse:
    """As the innermost link: makes Django run the whole chain in one thread, instead of one hop for each link."""
    return get_response
