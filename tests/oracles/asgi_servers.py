"""Run a scripted application under uvicorn and in our adapter, and tell what a client gets."""

from __future__ import annotations

import http.client
import importlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest
from lambda_streaming import CollectedResponse, _test_response, asgi

from tests.oracles.asgi_apps import OUT_OF_ORDER, Script, Scripted, kind_of
from tests.support.packages import package

PATIENCE = 60.0
#: Headers that are the server's own: of uvicorn for its connection.
OF_THE_SERVER = {"date", "server", "transfer-encoding", "connection"}
#: What uvicorn says where Lambda gets the exception.
FAILED = b"Internal Server Error"


@dataclass(frozen=True)
class Result:
    """What came of a script.

    :param whole: whether the response reached its end
    :param seen: what the application got of the server, step by step
    :param status: None when the response failed before its first byte
    :param error: the kind of the exception that the server got, or had itself to raise
    """

    whole: bool
    status: int | None
    headers: tuple[tuple[str, tuple[str, ...]], ...]
    body: bytes
    seen: tuple[str, ...]
    error: str


Run: TypeAlias = "Callable[[Script], Result]"


class Recorded(CollectedResponse):
    """A response whose beginning can be seen after an exception."""

    last: Recorded | None = None

    def __init__(self) -> None:
        super().__init__()
        Recorded.last = self
        self.closed = False

    def close(self) -> None:
        """Take the end of the response."""
        self.closed = True

    def fail(self, error: BaseException) -> None:
        """Take the end of a response whose client is told of the error."""
        self.chunks.pop()


def in_lambda(script: Script, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run a script in our adapter."""
    app = Scripted(script)
    monkeypatch.setattr(_test_response, "CollectedResponse", Recorded)
    handler = asgi(app)
    error = ""
    try:
        handler({"httpMethod": script.method, "path": "/"}, None)
    except Exception as raised:
        error = kind_of(raised)
    sent = Recorded.last
    assert sent is not None
    headers: dict[str, tuple[str, ...]] = {name: (value,) for name, value in sent.headers.items()}
    headers |= {name: tuple(values) for name, values in sent.multi_value_headers.items()}
    if sent.cookies:
        headers["set-cookie"] = tuple(sent.cookies)
    return Result(
        sent.closed, sent.status or None, tuple(sorted(headers.items())), sent.body, tuple(app.seen), error
    )


@contextmanager
def uvicorn_server(monkeypatch: pytest.MonkeyPatch, app: Scripted) -> Iterator[Run]:
    """Serve a scripted application with uvicorn; yield what runs a script in it."""
    monkeypatch.setattr(sys, "path", [str(package("uvicorn")), *sys.path])
    uvicorn: Any = importlib.import_module("uvicorn")
    config = uvicorn.Config(app, log_level="critical", lifespan="off", http="h11", ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()

        def run(script: Script) -> Result:
            app.begin(script)
            return _asked(listener.getsockname()[1], app)

        try:
            yield run
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


def _asked(port: int, app: Scripted) -> Result:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(app.script.method, "/")
    status, headers, body, whole = None, {}, b"", False
    try:
        response = connection.getresponse()
        status = response.status
        for name in {name.lower() for name in response.headers} - OF_THE_SERVER:
            headers[name] = tuple(response.headers.get_all(name) or ())
        body = response.read()
        whole = True
    except http.client.IncompleteRead as cut:
        body = cut.partial
    except (http.client.RemoteDisconnected, ConnectionError):
        pass
    finally:
        connection.close()
    assert app.ended.wait(PATIENCE)
    if (
        status == 500
        and body in (FAILED, b"")
        and headers.get("content-type") == ("text/plain; charset=utf-8",)
    ):
        status, headers, body, whole = None, {}, b"", False
    # an application that returned too early
    error = app.error or ("" if whole else OUT_OF_ORDER)
    return Result(whole, status, tuple(sorted(headers.items())), body, tuple(app.seen), error)
