"""A GitHub of one person, on a port of its own. It checks what a client sends as strictly as the real one."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = {"client_id": "karui", "client_secret": "hush"}


@dataclass
class FakeGitHub:
    """`answer` is what happens on its consent page: "yes", or the error that a client is sent back with."""

    id: int = 1001
    login: str = "octocat"
    public_email: str | None = None
    emails: list[dict[str, Any]] = field(default_factory=list)
    answer: str = "yes"
    is_broken: bool = False
    challenges: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.has("octocat@example.com")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"github": self}))
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def has(self, email: str, *, verified: bool = True) -> None:
        """Give the person this address, and no other."""
        self.emails = [{"email": email, "primary": True, "verified": verified, "visibility": None}]

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def authorize(self, query: dict[str, str]) -> str:
        """Where the consent page sends the browser."""
        if query["client_id"] != CLIENT["client_id"] or query["code_challenge_method"] != "S256":
            return f"{query['redirect_uri']}?error=incorrect_client_credentials"
        if self.answer != "yes":
            return f"{query['redirect_uri']}?{urlencode({'error': self.answer, 'state': query['state']})}"
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = query["code_challenge"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, str]:
        """What a code is exchanged for, once."""
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        known = self.challenges.pop(form["code"], None) == proof and CLIENT.items() <= form.items()
        return {"access_token": "gho_secret", "token_type": "bearer"} if known else {"error": "bad_verification_code"}


class Handler(BaseHTTPRequestHandler):
    """The four addresses that a sign-in needs, laid out as on GitHub Enterprise Server."""

    github: FakeGitHub

    def do_GET(self) -> None:
        """Consent page and API."""
        address = urlsplit(self.path)
        if address.path == "/login/oauth/authorize":
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            self.send_response(302)
            self.send_header("Location", self.github.authorize(query))
            self.end_headers()
        elif self.github.is_broken or self.headers["Authorization"] != "token gho_secret":
            self.send_error(500)
        elif address.path == "/api/v3/user":
            person = {"id": self.github.id, "login": self.github.login, "name": "Mona Lisa"}
            self.answer({**person, "email": self.github.public_email})
        elif address.path == "/api/v3/user/emails":
            self.answer(self.github.emails)

    def do_POST(self) -> None:
        """The exchange of a code for a token."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(self.github.token({name: values[0] for name, values in parse_qs(body).items()}))

    def answer(self, found: Any) -> None:
        """Send JSON."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""
