"""Hold the scope that our ASGI adapter makes of an event against uvicorn's of the same request."""

from __future__ import annotations

import http.client
import importlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lambda_streaming import asgi
from starlette.types import Receive, Scope, Send

from streaming_api_tools.client.proxy_event import query_parameters
from tests.oracles.asgi_scopes import DIFFERENCES, REQUESTS, TYPES, Asked
from tests.support.packages import package

PATIENCE = 60.0


class Noting:
    """An application that keeps the scope and the body of a request."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        self.scope, self.body = dict(scope), body
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
def uvicorn() -> Iterator[Callable[[Asked], Noting]]:
    """Yield what sends a request to a uvicorn with the stage as its root path."""
    app = Noting()
    with pytest.MonkeyPatch.context() as patched, socket.create_server(("127.0.0.1", 0)) as listener:
        patched.setattr(sys, "path", [str(package("uvicorn")), *sys.path])
        server: Any = importlib.import_module("uvicorn")
        options = {
            "log_level": "critical",
            "lifespan": "off",
            "http": "h11",
            "ws": "none",
            "root_path": "/prod",
        }
        running = server.Server(server.Config(app, **options))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()

        def send(asked: Asked) -> Noting:
            connection = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
            connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
            for name, value in (*asked.headers, ("Content-Length", str(len(asked.body)))):
                connection.putheader(name, value)
            connection.endheaders(asked.body)
            assert connection.getresponse().status == 204
            connection.close()
            return app

        yield send
        running.should_exit = True
        thread.join(PATIENCE)


def in_lambda(asked: Asked) -> Noting:
    """Return what our adapter makes of the event of a request to the stage ``prod``."""
    app = Noting()
    headers: dict[str, list[str]] = {}
    # API Gateway need not tell the length of a body that is there
    length = () if asked.body else (("Content-Length", "0"),)
    for name, value in (*asked.headers, *length):
        headers.setdefault(name, []).append(value)
    path, _, query = asked.target.partition("?")
    parameters: dict[str, list[str]] = {}
    for name, value in query_parameters(query):
        parameters.setdefault(name, []).append(value)
    event = {
        "httpMethod": asked.method,
        "path": path,
        "multiValueHeaders": headers,
        "multiValueQueryStringParameters": parameters or None,
        "requestContext": {"path": f"/prod{path}", "identity": {"sourceIp": "127.0.0.1"}},
        "body": asked.body.decode() or None,
        "isBase64Encoded": False,
    }
    asgi(app)(event, None)
    return app


@pytest.mark.parametrize("asked", REQUESTS, ids=lambda each: f"{each.method} {each.target}")
def test_asgi_scope_is_the_one_of_uvicorn(asked: Asked, uvicorn: Callable[[Asked], Noting]) -> None:
    theirs, ours = uvicorn(asked), in_lambda(asked)
    different = {
        key: (ours.scope.get(key), theirs.scope.get(key))
        for key in theirs.scope.keys() | ours.scope.keys()
        if ours.scope.get(key) != theirs.scope.get(key) and key not in DIFFERENCES
    }
    assert different == {}
    assert ours.body == theirs.body
    for key, kind in TYPES.items():
        assert isinstance(ours.scope[key], kind), key
        assert isinstance(theirs.scope[key], kind), key


def test_asgi_scope_listed_differences_exist(uvicorn: Callable[[Asked], Noting]) -> None:
    seen = {
        key
        for asked in REQUESTS
        for theirs, ours in [(uvicorn(asked).scope, in_lambda(asked).scope)]
        for key in theirs.keys() | ours.keys()
        if ours.get(key) != theirs.get(key)
    }
    assert set(DIFFERENCES) <= seen
