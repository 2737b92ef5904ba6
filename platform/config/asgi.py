"""What uvicorn serves."""

import os
import warnings
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# WhiteNoise sends files synchronously, which works; Django would say so once for every file
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")


def cap_body(app: Any, max_bytes: int) -> Any:
    """Throw away a body that is too large while it streams in: Django would first spool all of it to disk.

    The request goes on without a body and marked `karui.too_large`; the rest is read to its end, because a browser
    that is cut off in mid-upload shows a broken connection instead of our answer.
    """

    async def capped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        declared = dict(scope.get("headers", ())).get(b"content-length", b"0")
        chunked = (b"transfer-encoding", b"chunked") in scope.get("headers", ())
        if scope["type"] != "http" or not (chunked or int(declared) > max_bytes):
            await app(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass

        empty = [{"type": "http.request", "body": b"", "more_body": False}]

        async def emptied() -> Any:
            return empty.pop() if empty else await receive()

        await app({**scope, "karui.too_large": True}, emptied, send)

    return capped


def build() -> Any:
    """Django behind the cap on request bodies. Content is read now, so that the first reader does not wait for it."""
    django = get_asgi_application()
    from django.conf import settings

    from career.guide import guide
    from interviews.bank.bank import bank
    from interviews.desk.scenarios import scenarios

    guide()
    bank()
    scenarios()
    return cap_body(django, settings.UPLOAD_CAP_BYTES)


application = build()
