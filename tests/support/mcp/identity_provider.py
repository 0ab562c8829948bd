"""Run an authorization server on loopback: one public client, PKCE with S256, people who always consent."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.user_pool import UserPool

CLIENT_ID = "tools-client"
#: exactly as it is registered; nothing listens there, since the drivers read the redirect
REDIRECT_URI = "http://localhost:3030/callback"


class IdentityProvider:
    """Signs in and issues tokens, for ``with``; it has no registration and no discovery.

    Its ``requests`` are the methods and paths as they came, with the parameters. Its ``changes`` are put into
    the claims of the tokens that it issues.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.changes: dict[str, object] = {}
        self._pool = UserPool()
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> IdentityProvider:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [path for path, _ in self.requests]

    def token(self, resource: str, scope: str, **changes: object) -> str:
        """Return an access token; ``...`` takes a claim out."""
        claims = {
            "iss": self.url,
            "sub": "somebody",
            "client_id": CLIENT_ID,
            "token_use": "access",
            "scope": scope,
            "aud": resource,
            "exp": int(time.time()) + 300,
            **self.changes,
            **changes,
        }
        return self._pool.signed({name: value for name, value in claims.items() if value is not ...})

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.requests.append((f"GET {parts.path}", given))
        if parts.path == "/keys":
            _answer(request, 200, self._pool.key_set().encode())
        elif parts.path == "/authorize":
            self._authorize(request, given)
        else:
            _answer(request, 404)

    def _authorize(self, request: BaseHTTPRequestHandler, given: dict[str, str]) -> None:
        wanted = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "code_challenge_method": "S256",
        }
        if any(given.get(name) != value for name, value in wanted.items()) or not given.get("code_challenge"):
            _answer(request, 400)
            return
        code = secrets.token_urlsafe()
        self._codes[code] = given
        back = urlencode({"code": code, **({"state": given["state"]} if "state" in given else {})})
        _answer(request, 302, location=f"{REDIRECT_URI}?{back}")

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0"))).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self.requests.append((f"POST {request.path}", given))
        asked = self._codes.pop(given.get("code", ""), None)
        if request.path != "/token" or asked is None or not _is_the_same_client(asked, given):
            _answer(request, 400 if request.path == "/token" else 404, b'{"error": "invalid_grant"}')
            return
        scope = asked.get("scope", "")
        issued = {
            "access_token": self.token(asked.get("resource", ""), scope),
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": scope,
        }
        _answer(request, 200, json.dumps(issued).encode())


def _is_the_same_client(asked: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Tell whether who redeems a code is who asked for it: RFC 7636, section 4.6."""
    digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
    same = ("client_id", "redirect_uri", "resource")
    return (
        given.get("grant_type") == "authorization_code"
        and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        and all(asked.get(name) == given.get(name) for name in same)
    )


def _answer(
    request: BaseHTTPRequestHandler, status: int, body: bytes = b"{}", location: str | None = None
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    if location:
        request.send_header("Location", location)
    request.end_headers()
    request.wfile.write(body)
