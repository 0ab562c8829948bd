"""ASGI applications in the handler: FastAPI's as they are, and bare ones for what a framework hides."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import StreamingResponse
from lambda_streaming import CollectedResponse, asgi, stream
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

EVENT: dict[str, Any] = {
    "httpMethod": "POST",
    "path": "/caf%C3%A9/1",
    "headers": {"Host": "ignored.example.com"},
    "multiValueHeaders": {
        "Host": ["api.example.com:8443"],
        "X-Many": ["1", "2"],
        "X-Forwarded-Proto": ["http"],
        "Accept-Encoding": ["gzip"],
    },
    "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y&z"]},
    "requestContext": {"path": "/prod/caf%C3%A9/1", "identity": {"sourceIp": "203.0.113.9"}},
    "body": b64encode(b"\xff").decode(),
    "isBase64Encoded": True,
}


def get(path: str, **more: object) -> dict[str, object]:
    return {"httpMethod": "GET", "path": path, **more}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with what the application sees of it."""
    assert scope["type"] == "http"
    seen = {
        name: scope[name]
        for name in ("method", "scheme", "path", "root_path", "client", "server", "http_version")
    }
    seen |= {name: scope[name].decode() for name in ("raw_path", "query_string")}
    seen["headers"] = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    seen["body"] = (await receive())["body"].hex()
    seen["event"] = scope["aws.event"]["httpMethod"]
    seen["context"] = scope["aws.context"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1"), (b"x-a", b"2")]})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


def test_asgi_scope_has_the_request_of_the_event() -> None:
    response = asgi(echo)(EVENT, "context")
    assert json.loads(response.body) == {
        "method": "POST",
        "scheme": "http",
        "path": "/prod/café/1",
        "raw_path": "/prod/caf%C3%A9/1",
        "root_path": "/prod",
        "query_string": "a=1&a=2&b=x+y%26z",
        "client": ["203.0.113.9", 0],
        "server": ["api.example.com", 8443],
        "http_version": "1.1",
        "headers": [
            ["host", "api.example.com:8443"],
            ["x-many", "1"],
            ["x-many", "2"],
            ["x-forwarded-proto", "http"],
            ["content-length", "1"],
        ],
        "body": "ff",
        "event": "POST",
        "context": "context",
    }
    assert response.multi_value_headers == {"x-a": ["1", "2"]}


def test_asgi_minimal_event_is_a_request() -> None:
    seen = json.loads(asgi(echo)({"httpMethod": "GET", "path": "/"}, None).body)
    assert (seen["path"], seen["query_string"], seen["headers"], seen["body"]) == ("/", "", [], "")


def test_asgi_application_returning_too_early_is_an_error() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})

    with pytest.raises(RuntimeError, match="before its response was complete"):
        asgi(app)(get("/"), None)


START = {"type": "http.response.start", "status": 200}
BODY = {"type": "http.response.body", "body": b"x"}


@pytest.mark.parametrize(
    ("messages", "refusal"),
    [
        ([BODY], "expected http.response.start of the application, got 'http.response.body'"),
        ([START, START], "expected http.response.body of the application, got 'http.response.start'"),
        ([START, BODY, BODY], "expected no more of the application, got 'http.response.body'"),
        ([START, {"type": "http.response.push"}], "expected http.response.body of the application"),
        ([START, {**BODY, "body": "x"}], "a body must be bytes, got str"),
        ([START, {**BODY, "body": {"a": 1}}], "a body must be bytes, got dict"),
    ],
)
def test_asgi_message_out_of_order_is_refused(messages: list[dict[str, Any]], refusal: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages if scope["type"] == "http" else ():
            await send(message)

    with pytest.raises((RuntimeError, TypeError), match=refusal):
        asgi(app)(get("/"), None)


def test_asgi_receive_after_the_response_is_disconnect() -> None:
    received = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(START)
            await send(BODY)
            received.append((await receive())["type"])

    asgi(app)(get("/", body="unread"), None)
    assert received == ["http.disconnect"]


def test_asgi_lifespan_state_reaches_every_request() -> None:
    starts = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        starts.append(True)
        yield {"database": "db-1"}

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def root(request: Request) -> str:
        return str(request.state.database)

    handler = asgi(app)
    assert starts == [True]
    assert [handler(get("/"), None).body for _ in range(2)] == [b'"db-1"'] * 2
    assert starts == [True]


@pytest.fixture(name="call")
def fastapi_application() -> Any:  # noqa: ANN401
    """Return a function that sends one event to a FastAPI application."""
    app = FastAPI()
    app.add_middleware(GZipMiddleware, minimum_size=1)
    done: list[str] = []

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            for n in range(3):
                yield f"data: {n}\n\n"

        headers = {"Connection": "keep-alive"}  # which every second example on SSE sets
        return StreamingResponse(events(), media_type="text/event-stream", headers=headers)

    @app.get("/blocking")
    def blocking() -> StreamingResponse:
        return StreamingResponse((f"{n}" for n in range(3)), media_type="text/plain")

    @app.get("/reports/{number}")
    def report(number: int, tasks: BackgroundTasks) -> dict[str, object]:
        tasks.add_task(done.append, f"report {number}")
        return {"number": number, "done": list(done)}

    @app.get("/broken")
    async def broken() -> None:
        raise KeyError("mine")

    handler = asgi(app)

    def call(path: str, **more: object) -> CollectedResponse:
        return handler(get(path, **more), None)

    return call


def test_asgi_streaming_response_keeps_its_chunks(call: Any) -> None:  # noqa: ANN401
    response = call("/stream")
    assert response.chunks == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    assert response.headers == {"content-type": "text/event-stream; charset=utf-8"}


def test_asgi_blocking_iterator_is_read_in_thread_pool(call: Any) -> None:  # noqa: ANN401
    assert call("/blocking").chunks == [b"0", b"1", b"2"]


def test_asgi_accept_encoding_is_withheld_from_the_application(call: Any) -> None:  # noqa: ANN401
    response = call("/stream", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in response.headers


def test_asgi_stage_is_root_path_and_not_part_of_the_route(call: Any) -> None:  # noqa: ANN401
    response = call("/reports/7", requestContext={"path": "/prod/reports/7"})
    assert json.loads(response.body) == {"number": 7, "done": []}


def test_asgi_background_tasks_run_before_the_invocation_ends(call: Any) -> None:  # noqa: ANN401
    call("/reports/1")
    assert json.loads(call("/reports/2").body)["done"] == ["report 1"]


def test_asgi_error_responses_of_the_framework_are_sent(call: Any) -> None:  # noqa: ANN401
    assert (call("/nowhere").status, call("/reports/x").status) == (404, 422)


def test_asgi_exception_of_the_application_is_raised(call: Any) -> None:  # noqa: ANN401
    with pytest.raises(KeyError, match="mine"):
        call("/broken")


def test_asgi_defaults_are_those_of_stream() -> None:
    assert asgi.__kwdefaults__ == {"grace": 15, "heartbeat": 15, "margin": 1}
    assert asgi.__kwdefaults__ == {name: (stream.__kwdefaults__ or {})[name] for name in asgi.__kwdefaults__}


def test_asgi_client_that_has_gone_disconnects_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def refuse(self: CollectedResponse, data: bytes) -> None:
        raise BrokenPipeError("the Runtime API takes no more")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await receive()
            await send(START)
            try:
                await send({**BODY, "more_body": True})
            except OSError as error:
                seen.append(type(error).__name__)
            seen.append((await receive())["type"])

    monkeypatch.setattr(CollectedResponse, "write", refuse)
    with pytest.raises(OSError, match="cut off in a chunk"):
        asgi(app)(get("/"), None)
    assert seen == ["BrokenPipeError", "http.disconnect"]
