"""Exceptions that an application keeps to itself, of which no server can know, nor this library."""

from __future__ import annotations

import http.client
import importlib
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.runtime.function import Function
from tests.runtime.functions import middleware
from tests.support.packages import package

FIRST = b"data: 1\n\n"


@pytest.fixture(name="served")
def served_by_uvicorn(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[int]:
    """Return the port of a uvicorn that serves an application of the module."""
    monkeypatch.setattr(sys, "path", [str(package("uvicorn")), *sys.path])
    uvicorn: Any = importlib.import_module("uvicorn")
    app = getattr(middleware, request.param)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def under_uvicorn(port: int) -> tuple[bytes, bool]:
    """Return the body that uvicorn sends, and whether it ends in order."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/breaks")
    try:
        return connection.getresponse().read(), True
    except http.client.IncompleteRead as error:
        return error.partial, False
    finally:
        connection.close()


def in_lambda(handler: str) -> tuple[bytes, bool]:
    """Return the body that the library sends, and whether it ends in order."""
    with Function(f"middleware.{handler}") as function:
        answer = function.api.invoke({"httpMethod": "GET", "path": "/breaks"}).wait()
    return answer.payload, answer.complete and not answer.trailers


@pytest.mark.parametrize("served", ["behind"], indirect=True)
def test_exception_that_a_middleware_swallows_looks_complete_as_under_uvicorn(served: int) -> None:
    assert in_lambda("handler") == under_uvicorn(served) == (FIRST, True)


@pytest.mark.parametrize("served", ["app"], indirect=True)
def test_exception_that_reaches_the_server_breaks_the_response_as_under_uvicorn(served: int) -> None:
    body, complete = in_lambda("direct")
    assert not complete
    assert body.startswith(FIRST + b"event: error\n")
    assert under_uvicorn(served) == (FIRST, False)
