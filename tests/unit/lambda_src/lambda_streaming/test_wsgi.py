"""Run WSGI applications in the handler, by the letter of PEP 3333."""

from __future__ import annotations

import ast
import inspect
import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from lambda_streaming import CollectedResponse, stream, wsgi

GET = {"httpMethod": "GET", "path": "/orders", "queryStringParameters": {"a": "1"}}
POST = {
    "httpMethod": "POST",
    "path": "/orders",
    "headers": {"content-type": "text/plain"},
    "body": "one\ntwo\n",
    "requestContext": {"path": "/prod/orders", "identity": {"sourceIp": "192.0.2.7"}},
}
TEXT = [("Content-Type", "text/plain")]
Environ = dict[str, Any]
Start = Callable[..., Callable[[bytes], object]]


class Blocks:
    """Blocks of a response that note how they are used."""

    def __init__(self, *blocks: bytes | Exception) -> None:
        self.blocks = iter(blocks)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = next(self.blocks)
        if isinstance(block, Exception):
            raise block
        return block

    def close(self) -> None:
        """Note the call."""
        self.closed += 1


def answering(blocks: Iterable[bytes], headers: list[tuple[str, str]] = TEXT) -> Callable[..., Any]:
    """Return an application with one response."""

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return blocks

    return app


def call(app: Callable[..., Any], event: dict[str, Any] = GET) -> CollectedResponse:
    """Return the response of an application, which the validator of the standard library watches."""
    return wsgi(validator(app))(event, None)


@pytest.mark.parametrize("event", [GET, POST], ids=["GET", "POST"])
def test_wsgi_environ_passes_the_validator_of_the_standard_library(event: dict[str, Any]) -> None:
    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        lines = [environ["wsgi.input"].readline() for _ in range(3)]
        start_response("201 Created", [*TEXT, ("X-A", "1"), ("x-a", "2"), ("Set-Cookie", "a=1")])
        yield b"|".join(lines)

    response = call(app, event)
    assert response.body == (b"one\n|two\n|" if event is POST else b"||")
    assert (response.status, response.cookies) == (201, ["a=1"])
    assert response.multi_value_headers == {"x-a": ["1", "2"]}
    assert response.headers["content-type"] == "text/plain"


def test_wsgi_environ_has_the_request_and_the_event() -> None:
    seen: Environ = {}

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        seen.update(environ)
        start_response("200 OK", TEXT)
        return []

    wsgi(app)(POST, "context")
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["REMOTE_ADDR"]) == ("/prod", "/orders", "192.0.2.7")
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"]) == ("text/plain", "8")
    assert (seen["aws.event"], seen["aws.context"]) == (POST, "context")
    assert (seen["wsgi.errors"], seen["wsgi.multithread"]) == (sys.stderr, False)


def test_wsgi_each_block_is_a_chunk_and_an_empty_one_is_none() -> None:
    response = call(answering([b"a", b"", b"b"]))
    assert response.chunks == [b"a", b"b"]


def test_wsgi_each_block_is_sent_before_the_next_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(CollectedResponse, "write", lambda self, data: seen.append(data))

    def blocks() -> Iterator[bytes]:
        for n in range(3):
            yield b"%d" % n
            assert seen[-1] == b"%d" % n

    call(answering(blocks()))
    assert len(seen) == 3


def test_wsgi_start_in_the_first_step_of_a_generator_is_in_time() -> None:
    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("202 Accepted", TEXT)
        yield b"a"

    assert call(app).status == 202


def test_wsgi_write_sends_at_once_and_before_the_blocks() -> None:
    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        write = start_response("200 OK", TEXT)
        write(b"a")
        write(b"b")
        return [b"c"]

    assert call(app).chunks == [b"a", b"b", b"c"]


def test_wsgi_file_wrapper_sends_the_file_and_closes_it() -> None:
    file = io.BytesIO(b"abcdefg")

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file, 3)
        return wrapped

    assert call(app).chunks == [b"abc", b"def", b"g"]
    assert file.closed


@pytest.mark.parametrize("event", [GET, {**GET, "httpMethod": "HEAD"}], ids=["GET", "HEAD"])
def test_wsgi_blocks_are_closed_once(event: dict[str, Any]) -> None:
    blocks = Blocks(b"a", b"b")
    response = wsgi(answering(blocks))(event, None)
    assert blocks.closed == 1
    assert response.body == (b"" if event["httpMethod"] == "HEAD" else b"ab")


def test_wsgi_exception_of_a_block_is_raised_after_close() -> None:
    blocks = Blocks(b"a", KeyError("mine"))
    with pytest.raises(KeyError, match="mine"):
        wsgi(answering(blocks))(GET, None)
    assert blocks.closed == 1


def test_wsgi_head_that_is_replaced_before_its_first_byte_is_the_other_one() -> None:
    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", [*TEXT, ("X-A", "1")])
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            start_response("503 Service Unavailable", TEXT, sys.exc_info())
        return [b"sorry"]

    response = call(app)
    assert (response.status, "x-a" in response.headers, response.body) == (503, False, b"sorry")


def test_wsgi_head_that_is_replaced_too_late_raises_its_cause() -> None:
    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"a"
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            start_response("503 Service Unavailable", TEXT, sys.exc_info())

    with pytest.raises(ZeroDivisionError):
        wsgi(app)(GET, None)


def twice(environ: Environ, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return []


def never(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return [b"a"]


def empty(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return []


@pytest.mark.parametrize(
    ("app", "error", "refusal"),
    [
        (twice, RuntimeError, "has called start_response twice"),
        (never, RuntimeError, "has not called start_response before its body"),
        (empty, RuntimeError, "has not called start_response before its body"),
        (answering(["text"]), TypeError, "a block of the response must be bytes, got str"),  # type: ignore[list-item]
        (answering([b"a"], [("X-A", "a\r\nb")]), ValueError, "must be Latin-1 without control characters"),
        (answering([b"abc"], [("Content-Length", "2")]), ValueError, "2 bytes of its content-length, got 3"),
        (answering([b"a"], [("Content-Length", "2")]), ValueError, "2 bytes of its content-length, got 1"),
        (answering(None), TypeError, "not iterable"),  # type: ignore[arg-type]
    ],
    ids=["twice", "never", "empty", "text", "header", "long", "short", "None"],
)
def test_wsgi_application_that_breaks_the_protocol_is_an_error(
    app: Callable[..., Any], error: type[Exception], refusal: str
) -> None:
    with pytest.raises(error, match=refusal):
        wsgi(app)(GET, None)


def test_wsgi_application_runs_in_the_thread_of_the_handler() -> None:
    seen: list[object] = []

    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        seen.append(threading.current_thread())
        start_response("200 OK", TEXT)
        yield b"a"
        seen.append(threading.current_thread())

    call(app)
    assert seen == [threading.current_thread()] * 2


def test_wsgi_defaults_are_those_of_stream() -> None:
    assert wsgi.__kwdefaults__ == {
        name: (stream.__kwdefaults__ or {})[name] for name in wsgi.__kwdefaults__ or {}
    }


def test_wsgi_is_less_than_120_lines_of_code() -> None:
    source = Path(inspect.getfile(wsgi)).read_text("utf-8")
    documented = {
        number
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    lines = [line.strip() for number, line in enumerate(source.splitlines(), 1) if number not in documented]
    assert len([line for line in lines if line and not line.startswith("#")]) < 120
