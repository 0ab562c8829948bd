"""Hold what applications get of any event: the request that it is, or an error that names it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest
from lambda_streaming import asgi, wsgi
from starlette.types import Receive, Scope, Send

from tests.unit.lambda_src.lambda_streaming.request_events import READ, REFUSED, Event, Read


def as_asgi(event: object) -> Read:
    """Return what an ASGI application gets."""
    seen: list[Read] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        message = await receive()
        assert message["more_body"] is False
        root = scope["root_path"]
        assert scope["path"].startswith(root)
        assert unquote(scope["raw_path"].decode("ascii")) == scope["path"]
        seen.append(
            Read(
                scope["method"],
                scope["path"][len(root) :],
                root,
                scope["query_string"].decode("ascii"),
                tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
                message["body"],
                scope["client"][0] if scope["client"] else None,
                scope["scheme"],
                tuple(scope["server"]),
            )
        )
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    asgi(app)(event, None)
    return seen[0]


def as_wsgi(event: object) -> tuple[Read, dict[str, Any]]:
    """Return what a WSGI application gets, and the variables of its headers."""
    seen: list[tuple[Read, dict[str, Any]]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:  # noqa: ANN401
        read = Read(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1").decode(),
            environ["SCRIPT_NAME"].encode("latin-1").decode(),
            environ["QUERY_STRING"],
            (),
            environ["wsgi.input"].read(),
            environ.get("REMOTE_ADDR"),
            environ["wsgi.url_scheme"],
            (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        )
        headers = {each: value for each, value in environ.items() if each.startswith(("HTTP_", "CONTENT_"))}
        seen.append((read, headers))
        start_response("204 No Content", [])
        return []

    wsgi(app)(event, None)
    return seen[0]


def variables(read: Read) -> dict[str, str]:
    """Return the variables that PEP 3333 makes of headers."""
    found: dict[str, str] = {}
    for name, value in read.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        found[key] = f"{found[key]},{value}" if key in found else value
    return found


@pytest.mark.parametrize("name", READ)
def test_request_of_an_event_is_what_an_asgi_application_gets(name: str) -> None:
    event, read = READ[name]
    assert as_asgi(event) == read


@pytest.mark.parametrize("name", READ)
def test_request_of_an_event_is_what_a_wsgi_application_gets(name: str) -> None:
    event, read = READ[name]
    seen, headers = as_wsgi(event)
    assert headers == variables(read)
    assert (seen.method, seen.path, seen.root, seen.query) == (read.method, read.path, read.root, read.query)
    assert (seen.body, seen.client, seen.scheme, seen.server) == (
        *(read.body, read.client, read.scheme, read.server),
    )


@pytest.mark.parametrize("name", REFUSED)
def test_request_of_no_request_is_refused_by_its_name(name: str) -> None:
    event, words = REFUSED[name]
    called: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        called.append(scope["type"])

    def application(environ: object, start_response: object) -> list[bytes]:
        called.append("wsgi")
        return []

    for handler in (asgi(app), wsgi(application)):
        with pytest.raises(ValueError, match=words):
            handler(event, None)
    assert called == ["lifespan"]


def test_request_raw_path_is_encoded_as_it_was_sent() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent.append(scope["raw_path"].decode())
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})

    handler, sent = asgi(app), list[str]()
    events: list[Event] = [READ[name][0] for name in ("REST, an encoded slash", "function URL")]
    decoded = READ["HTTP API 2.0, a decoded path"][0]
    for event in (*events, decoded):
        handler(event, None)
    assert sent == ["/a%2Fb", "/caf%C3%A9/a%2Fb", quote("/a b/100%41/ü")]


def test_request_header_with_an_underscore_is_kept_from_wsgi_applications() -> None:
    event = {"httpMethod": "GET", "path": "/", "headers": {"X_User": "spoofed", "X-User": "checked"}}
    assert as_wsgi(event)[1] == {"HTTP_X_USER": "checked"}


def test_request_cookies_of_several_headers_are_one_variable() -> None:
    event = {"httpMethod": "GET", "path": "/", "multiValueHeaders": {"Cookie": ["a=1", "b=2"]}}
    assert as_wsgi(event)[1] == {"HTTP_COOKIE": "a=1; b=2"}
