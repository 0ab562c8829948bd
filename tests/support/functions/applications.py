"""Bare applications that tell what body has reached them, as ASGI and as WSGI."""

from __future__ import annotations

import hashlib
from typing import Any

from lambda_streaming import asgi, wsgi


def _told(body: bytes, declared: str) -> bytes:
    return f"{len(body)} {declared} {hashlib.sha256(body).hexdigest()}".encode()


async def _asgi(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    if scope["type"] != "http":
        return
    body = (await receive())["body"]
    declared = dict(scope["headers"]).get(b"content-length", b"").decode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": _told(body, declared)})


def _wsgi(environ: Any, start_response: Any) -> list[bytes]:  # noqa: ANN401
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [_told(body, environ.get("CONTENT_LENGTH", ""))]


with_asgi, with_wsgi = asgi(_asgi), wsgi(_wsgi)
