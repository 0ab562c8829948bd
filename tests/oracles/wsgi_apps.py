"""WSGI applications that do what a script says, valid or not, and what came of one under each server."""

from __future__ import annotations

import http.client
import importlib
import io
import random
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.handlers import SimpleHandler
from wsgiref.util import setup_testing_defaults

import pytest
from lambda_streaming import _test_response, asgi, wsgi

from tests.oracles.asgi_servers import Recorded
from tests.support.packages import package

#: Scripts, those of them that a2wsgi runs at most, and where they begin.
SCRIPTS, IN_A2WSGI, SEED = 500, 150, 18
STATUSES = ["200 OK", "201 Created", "404 Not Found", "500 Internal Server Error", "599 Own"]
HEADERS = [
    *(("Content-Type", "text/plain"), ("X-A", "1"), ("x-a", "2"), ("X-Empty", ""), ("X-Latin", "caf\xe9")),
    *(("Set-Cookie", "a=1; Path=/"), ("set-cookie", "b=2"), ("Location", "/a")),
]
BLOCKS = [b"", b"ab", b"cd\n", b"\0\xff", b"x" * 70_000]
EVENT = {"httpMethod": "GET", "path": "/"}
Start = Callable[..., Callable[[bytes], object]]


@dataclass(frozen=True)
class Script:
    """What an application does: starts before its blocks, or with the first of them.

    :param starts: head after head, each with whether it has ``exc_info``
    :param written: what ``write()`` sends
    :param blocks: of the response; "raise" and "again" are an exception and a head that is too late
    :param lazy: whether it starts with the first block
    """

    starts: tuple[tuple[str, tuple[tuple[str, str], ...], bool], ...]
    written: tuple[bytes, ...]
    blocks: tuple[bytes | str, ...]
    lazy: bool

    @property
    def replaces_after_nothing(self) -> bool:
        """True for a head that is replaced after empty blocks: PEP 3333 allows it, the reference does not."""
        before = [*self.written, *self.blocks[: self.blocks.index("again")]] if "again" in self.blocks else []
        return bool(before) and not any(before)


@dataclass
class Result:
    """What came of a script; status, headers and body are those that a client gets."""

    status: int | None
    headers: dict[str, tuple[str, ...]]
    body: bytes
    error: str
    closed: int


@dataclass
class Scripted:
    """An application that does what its script says."""

    script: Script
    closed: int = 0
    blocks: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        self.blocks = self._run(start_response)
        if not self.script.lazy:
            self._begin(start_response)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.blocks)

    def close(self) -> None:
        """Count the calls."""
        self.closed += 1

    def _begin(self, start_response: Start) -> None:
        write = None
        for status, headers, replaces in self.script.starts:
            write = (
                _replaced(start_response, status, headers) if replaces else start_response(status, [*headers])
            )
        for each in self.script.written:
            if write:
                write(each)

    def _run(self, start_response: Start) -> Iterator[bytes]:
        if self.script.lazy:
            self._begin(start_response)
        for block in self.script.blocks:
            if block == "raise":
                raise ZeroDivisionError("of the application")
            if block == "again":
                _replaced(start_response, "503 Service Unavailable", ())
            else:
                assert isinstance(block, bytes)
                yield block


def _replaced(
    start_response: Start, status: str, headers: tuple[tuple[str, str], ...]
) -> Callable[[bytes], object]:
    """Start again because of an exception, while it is handled, as PEP 3333 shows it."""
    try:
        raise LookupError("of the application")
    except LookupError:
        return start_response(status, list(headers), sys.exc_info())


def script(chance: random.Random) -> Script:
    """Return a script; two of three break nothing."""
    heads = [(chance.choice(STATUSES), tuple(chance.sample(HEADERS, chance.randint(0, 4))), False)]
    if chance.random() < 0.2:
        heads.append((chance.choice(STATUSES), tuple(chance.sample(HEADERS, 2)), chance.random() < 0.7))
    if chance.random() < 0.1:
        heads = []
    written = chance.choices(BLOCKS, k=chance.randint(1, 3)) if chance.random() < 0.3 else []
    blocks: list[bytes | str] = [*chance.choices(BLOCKS, k=chance.randint(0, 4))]
    if chance.random() < 0.25:
        blocks.insert(chance.randint(0, len(blocks)), chance.choice(["raise", "again"]))
    return Script(tuple(heads), tuple(written), tuple(blocks), lazy=chance.random() < 0.4)


def seeded() -> list[Script]:
    """Return the same scripts in each run."""
    return [script(random.Random(SEED * 100_003 + number)) for number in range(SCRIPTS)]


def kind_of(error: BaseException | None) -> str:
    """Return what an exception is about: each server has types of its own for a broken protocol."""
    if error is None:
        return ""
    return type(error).__name__ if isinstance(error, (ZeroDivisionError, LookupError)) else "protocol"


class Reference(SimpleHandler):
    """The reference implementation in Python's own library, which keeps the exception that it logs."""

    error: BaseException | None = None

    def log_exception(self, exc_info: Any) -> None:  # noqa: ANN401
        """Keep it."""
        self.error = exc_info[1]


def in_wsgiref(script: Script) -> Result:
    """Run a script in the reference implementation."""
    app, output = Scripted(script), io.BytesIO()
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    reference = Reference(io.BytesIO(), output, io.StringIO(), environ)
    reference.origin_server = True
    reference.run(app)
    status, headers, body = _parsed(output.getvalue())
    if reference.error and body == Reference.error_body:
        status, headers, body = None, {}, b""
    return Result(status, headers, body, kind_of(reference.error), app.closed)


def _parsed(raw: bytes) -> tuple[int | None, dict[str, tuple[str, ...]], bytes]:
    if not raw:
        return None, {}, b""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(60)
        head, _, body = raw.partition(b"\r\n\r\n")
        theirs.sendall(head + b"\r\n\r\n")
        theirs.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(ours)
        response.begin()
        headers = {
            name.lower(): tuple(response.headers.get_all(name) or ())
            for name in response.headers
            if name.lower() not in ("date", "server", "content-length")
        }
        return response.status, headers, body


def in_lambda(script: Script, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run a script in our adapter."""
    app, error = Scripted(script), None
    monkeypatch.setattr(_test_response, "CollectedResponse", Recorded)
    try:
        wsgi(app)(EVENT, None)
    except Exception as raised:
        error = raised
    return _sent(app, kind_of(error))


def in_a2wsgi(script: Script, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run a script in a2wsgi, below our ASGI adapter."""
    monkeypatch.syspath_prepend(str(package("frameworks")))
    app, error = Scripted(script), None
    monkeypatch.setattr(_test_response, "CollectedResponse", Recorded)
    served: Any = importlib.import_module("a2wsgi").WSGIMiddleware(app)
    try:
        asgi(served)(EVENT, None)
    except Exception as raised:
        error = raised
    return _sent(app, kind_of(error))


def _sent(app: Scripted, error: str) -> Result:
    sent = Recorded.last
    assert sent is not None
    headers: dict[str, tuple[str, ...]] = {name: (value,) for name, value in sent.headers.items()}
    headers |= {name: tuple(values) for name, values in sent.multi_value_headers.items()}
    if sent.cookies:
        headers["set-cookie"] = tuple(sent.cookies)
    return Result(sent.status or None, headers, sent.body, error, app.closed)
