"""Requests whose scopes are compared, and what a scope has, by the specification of ASGI."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """A request below the stage."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


HOST = ("Host", "api.example.com:8443")
PLAIN = (HOST, ("X-Forwarded-Proto", "http"))
REQUESTS = [
    Asked("GET", "/", PLAIN),
    Asked("GET", "/chat", PLAIN),
    Asked("POST", "/chat", (*PLAIN, ("Content-Type", "application/json")), b'{"a":1}'),
    Asked("PUT", "/caf%C3%A9/%E6%BC%A2", PLAIN, "\u6f22".encode()),
    Asked("GET", "/a%20b/c%2Fd", PLAIN),
    Asked("GET", "/a//b/", PLAIN),
    Asked("GET", "/prod/prod", PLAIN),
    Asked("GET", "/a+b;c=1/@:~", PLAIN),
    Asked("GET", "/q?a=1", PLAIN),
    Asked("GET", "/q?a=1&a=2&b=", PLAIN),
    Asked("GET", "/q?a=x+y&b=%26%3D", PLAIN),
    Asked("HEAD", "/chat", PLAIN),
    Asked("OPTIONS", "/chat", (*PLAIN, ("Origin", "https://example.com"))),
    Asked("GET", "/h", (*PLAIN, ("X-Many", "1"), ("X-Many", "2"), ("X-Empty", ""))),
    Asked("GET", "/h", (*PLAIN, ("Cookie", "a=1; b=2"), ("Accept", "text/event-stream"))),
    Asked("DELETE", "/chat", PLAIN),
    Asked("GET", "/chat", (("Host", "[::1]:80"), PLAIN[1])),
    Asked("GET", "/chat", (("Host", "[2001:db8::1]"), PLAIN[1])),
]
#: Key of a scope -> its type in "HTTP & WebSocket ASGI Message Format" 2.4.
TYPES: dict[str, type] = {
    "type": str,
    "asgi": dict,
    "http_version": str,
    "method": str,
    "scheme": str,
    "path": str,
    "raw_path": bytes,
    "query_string": bytes,
    "root_path": str,
    "headers": list,
    "client": tuple,
    "server": tuple,
    "state": dict,
}
#: Key -> why it differs from uvicorn's.
DIFFERENCES = {
    "asgi": "uvicorn follows version 2.3 of the message format, this library 2.4, where send raises OSError",
    "client": "API Gateway tells the address of the client and no port, which is 0",
    "server": "uvicorn tells the address that it listens at, this library the host that the client asked",
    "aws.event": "what Lambda gave the handler, which uvicorn has not",
}
