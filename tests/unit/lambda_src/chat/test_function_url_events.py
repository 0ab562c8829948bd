"""Requests of function URLs: every route answers as it does to the same request of a REST API."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from chat.routes import ROUTES

from tests.unit.lambda_src.chat.handling import handle

ASK = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9}
PARTS = [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]
NATIVE = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
#: path -> body; what is no path of a format is the native route
REQUESTS: dict[str, dict[str, Any] | None] = {
    "/": {"prompt": "Hi"},
    "/chat/completions": {**ASK, "stream": True},
    "/base/v1/messages": {**ASK, "model": "model-1", "stream": True},
    "/v1/responses": {"input": "Hi", "stream": True},
    "/ui/chat": {"id": "c", "messages": PARTS},
    "/v1/models": None,
    "/v1/models/model-1": None,
    "/v1/models/other%2Fone": None,
    "/model/model-1/converse-stream": NATIVE,
    "/model/model%2D1/converse": NATIVE,
}


def rest(path: str, body: str | None, **more: object) -> dict[str, Any]:
    method = "POST" if body else "GET"
    return {
        "httpMethod": method,
        "path": path,
        "headers": {"Origin": "https://a.example"},
        "body": body,
        **more,
    }


def function_url(path: str, body: str | None, **more: object) -> dict[str, Any]:
    domain = "abc.lambda-url.eu-west-1.on.aws"
    http = {"method": "POST" if body else "GET", "path": path, "sourceIp": "192.0.2.7"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"origin": "https://a.example"},
        "requestContext": {"domainName": domain, "http": http, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


class Context:
    """An invocation with an id of its own, for what is written into a response."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of 15 minutes."""
        return 900_000


def answer(event: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
    found = handle(event, context=Context())
    return found.status, b"".join(found.chunks), dict(found.headers)


@pytest.mark.parametrize("path", REQUESTS)
def test_chat_function_url_request_is_answered_as_that_of_a_rest_api(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.0)
    body = json.dumps(REQUESTS[path]) if REQUESTS[path] else None
    wanted = answer(rest(path, body))
    assert answer(function_url(path, body)) == wanted
    assert wanted[0] == (404 if "other" in path else 200), wanted


@pytest.mark.parametrize("path", REQUESTS)
def test_chat_function_url_body_in_base64_is_read(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.0)
    if body := REQUESTS[path]:
        text = json.dumps(body)
        encoded = function_url(path, b64encode(text.encode()).decode(), isBase64Encoded=True)
        assert answer(encoded) == answer(function_url(path, text))


def test_chat_function_url_requests_reach_every_format() -> None:
    formats = {name for end, name in ROUTES if any(path.rstrip("/").endswith(end) for path in REQUESTS)}
    assert {"openai", "anthropic", "responses", "ui", "models", "relay"} <= formats
