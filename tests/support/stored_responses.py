"""The chat function with a store behind the gateway, with the routes of OpenAI's Responses API."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.bedrock import queued
from tests.support.bedrock.queued import METADATA, START, STOP, event
from tests.support.gateway import PATIENCE, Client, Serving
from tests.support.ministack import Ministack
from tests.support.templates import ROOT, application, template

MODEL = "model-1"
RESPONSES = "/v1/responses"
#: route -> module of the function
ROUTES = {
    "GET /v1/responses/{responseId}": "reader",
    "GET /v1/responses/{responseId}/input_items": "reader",
    "POST /v1/responses/{responseId}/cancel": "response_cancel",
    "DELETE /v1/responses/{responseId}": "erase",
    "POST /streams/{id}/cancel": "cancel",
    "GET /streams/{id}": "reader",
}
TOOLS = [{"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}]
THOUGHT = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}}


@contextmanager
def serving(
    table: str,
    ministack: Ministack,
    bedrock: str,
    scratch: Path,
    function: Mapping[str, object] | None = None,
    **variables: str,
) -> Iterator[Serving]:
    """Serve the routes.

    :param bedrock: the URL of the Bedrock that is asked
    :param function: what is unusual about the chat function
    :param variables: further ones of its environment
    """
    code = str(ROOT / "lambda_src")
    routes: dict[str, dict[str, object]] = {
        f"POST {RESPONSES}": {
            "handler": "chat.handler.handler",
            "code": code,
            "environment": {
                "BEDROCK_MODEL_ID": MODEL,
                "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock,
                "STREAM_STORE_TABLE": table,
                "STREAM_STORE_REPLAY": "true",
                **variables,
            },
            "function_timeout": 60,
            **(function or {}),
        }
    }
    routes |= {
        route: {
            "handler": f"streams.{name}.handler",
            "code": code,
            "environment": {"STREAM_TABLE": table},
        }
        for route, name in ROUTES.items()
    }
    with Serving(application(template(routes), scratch), environment=ministack.environment) as running:
        yield running


def says(*pieces: str) -> list[bytes | None]:
    """Return the frames of an answer of text."""
    return [START, *(queued.text(piece) for piece in pieces), STOP, METADATA, None]


def calls(name: str) -> list[bytes | None]:
    """Return the frames of an answer that reasons, and calls a tool."""

    def delta(index: int, **of: object) -> bytes:
        return event("contentBlockDelta", {"contentBlockIndex": index, "delta": of})

    start = {"toolUse": {"toolUseId": "t-1", "name": name}}
    return [
        START,
        delta(0, reasoningContent={"text": "hm"}),
        delta(0, reasoningContent={"signature": "sig"}),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        event("contentBlockStart", {"contentBlockIndex": 1, "start": start}),
        delta(1, toolUse={"input": '{"city":"Bonn"}'}),
        event("contentBlockStop", {"contentBlockIndex": 1}),
        event("messageStop", {"stopReason": "tool_use"}),
        METADATA,
        None,
    ]


def ask(
    serving: Serving, method: str, path: str = "", body: Mapping[str, Any] | None = None
) -> tuple[int, Any]:
    """Return status and JSON of an answer.

    :param path: below that of the responses
    """
    with Client(serving.url) as client:
        headers = {"content-type": "application/json"} if body is not None else {}
        text = json.dumps(body) if body is not None else b""
        response = client.send(method, f"/prod{RESPONSES}{path}", text, headers)
        content = response.read()
        return response.status, json.loads(content) if content else None


def create(serving: Serving, **body: object) -> dict[str, Any]:
    """Return a response object that is there."""
    status, response = ask(serving, "POST", body={"model": MODEL, **body})
    assert status == 200, response
    return dict(response)


def poll(serving: Serving, response_id: str, *statuses: str) -> dict[str, Any]:
    """Ask for a response until it has one of these statuses."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        status, response = ask(serving, "GET", f"/{response_id}")
        assert status == 200, response
        if response["status"] in statuses:
            return dict(response)
    raise AssertionError(response)


def stream(serving: Serving, size: int | None = None, **body: object) -> tuple[str, bytes]:
    """Return id and bytes of a stream, or as many of them as a client takes that leaves."""
    with Client(serving.url) as client:
        text = json.dumps({"model": MODEL, "stream": True, **body})
        response = client.send("POST", f"/prod{RESPONSES}", text, {"content-type": "application/json"})
        assert response.status == 200
        return f"resp_{response.headers['x-stream-id']}", response.read(size)


def follow(serving: Serving, response_id: str, query: str = "") -> tuple[int, bytes]:
    """Return status and bytes of the events of a response."""
    with Client(serving.url) as client:
        response = client.send("GET", f"/prod{RESPONSES}/{response_id}?stream=true{query}")
        return response.status, response.read()


def events(body: bytes) -> list[dict[str, Any]]:
    """Return the events of a stream."""
    lines = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(line) for line in lines]
