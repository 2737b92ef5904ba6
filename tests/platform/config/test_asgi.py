"""What is too large is thrown away while it streams in, and answered with a page."""

# mypy: disable-error-code="no-untyped-call"
# asgiref's test client has no types

import asyncio
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import Client

from career.guide import guide


def cap_body(app: Any, max_bytes: int) -> Any:
    """Ours. It is imported late, because it reads all content."""
    from config import asgi

    return asgi.cap_body(app, max_bytes)


CAP = 1000


class Server:
    """Sends a body in chunks, and sees what reaches the app."""

    def __init__(self, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.chunks = [body[at : at + 100] for at in range(0, len(body), 100)] or [b""]
        self.headers = headers
        self.seen = b""
        self.scope: dict[str, Any] = {}

    async def receive(self) -> dict[str, Any]:
        """The next chunk."""
        return {"type": "http.request", "body": self.chunks.pop(0), "more_body": bool(self.chunks)}

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Reads everything, as Django does."""
        self.scope, more = scope, True
        while more:
            message = await receive()
            self.seen += message["body"]
            more = message["more_body"]

    def run(self) -> None:
        """One request from beginning to end."""
        asyncio.run(cap_body(self.app, CAP)({"type": "http", "headers": self.headers}, self.receive, None))


def test_a_body_below_the_cap_arrives_whole() -> None:
    server = Server(b"x" * 900, [(b"content-length", b"900")])

    server.run()

    assert server.seen == b"x" * 900
    assert "karui.too_large" not in server.scope


@pytest.mark.parametrize("headers", [[(b"content-length", b"5000")], [(b"transfer-encoding", b"chunked")]])
def test_a_body_above_the_cap_is_read_to_its_end_and_thrown_away(headers: list[tuple[bytes, bytes]]) -> None:
    server = Server(b"x" * 5000, headers)

    server.run()

    assert server.seen == b""
    assert server.chunks == []
    assert server.scope["karui.too_large"]


def test_a_body_that_breaks_off_does_not_hang() -> None:
    async def broken() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    server = Server(b"", [(b"content-length", b"5000")])
    server.receive = broken  # type: ignore[method-assign]

    server.run()

    assert server.seen == b""


@pytest.mark.parametrize(("language", "text"), [("ja", "ファイルが大きすぎます"), ("en", "The upload is too large")])
def test_the_reader_is_told_in_their_language(language: str, text: str) -> None:
    status, page = asyncio.run(post_too_much(language))

    assert status == 413
    assert text in page


async def post_too_much(language: str) -> tuple[int, str]:
    """Send more than the cap to the whole site."""
    headers = [(b"content-length", b"5000"), (b"accept-language", language.encode()), (b"host", b"localhost")]
    site = ApplicationCommunicator(
        cap_body(get_asgi_application(), CAP),
        {"type": "http", "method": "POST", "path": "/submissions/new/int8_fashion/", "headers": headers},
    )
    await site.send_input({"type": "http.request", "body": b"x" * 5000})
    start = await site.receive_output()
    page = await site.receive_output()
    await site.wait()
    return start["status"], page["body"].decode()


def test_an_ordinary_request_passes(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


def test_content_is_read_before_the_first_request() -> None:
    from config import asgi

    guide.cache_clear()

    asgi.build()

    assert guide.cache_info().currsize == 1
