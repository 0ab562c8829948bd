"""Requests of the Responses API to a model that gets them as they are, and what leaves for Bedrock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from chat.converse.model_call import ChatRequest, ResponseMetadata
from chat.formats import responses
from chat.formats.responses.gpt.response import RelayedEvents
from chat.settings import ChatSettings

from tests.unit.lambda_src.chat.claude.asking import Client, chunk

GPT = "us.openai.gpt-5.6-sol"
PATH = "/openai/v1/responses"
TOOL = {"type": "function", "name": "w", "parameters": {"type": "object"}}
ABOUT = ResponseMetadata("r-1", GPT, 7)


def settings(**more: object) -> dict[str, Any]:
    """Return BEDROCK_SETTINGS of a function whose model has the API."""
    return {"models": [{"modelId": GPT, "vendorApi": "responses"}], **more}


def read(
    body: Mapping[str, object] | None = None, deployed: Mapping[str, object] | None = None, **more: object
) -> tuple[Any, ChatRequest]:
    """Return the call that a request asks for, and the request."""
    given = {"input": "Hi", **more} if body is None else body
    event = {"path": "/v1/responses", "body": json.dumps(given)}
    request = ChatRequest(event, ChatSettings(GPT, json.dumps(settings(**(deployed or {})))))
    return responses.read(request), request


def leaving(call: Any, request: ChatRequest, client: Client | None = None) -> dict[str, Any]:  # noqa: ANN401
    """Return the last body that leaves for Bedrock."""
    client = client or Client()
    call.ask(client, request.settings.model(None))
    assert {each["path"] for each in client.asked} == {PATH}
    assert all(each["headers"] == {} for each in client.asked)
    return client.bodies[-1]


def sent(**asked: Any) -> tuple[dict[str, Any], str]:  # noqa: ANN401
    """Return the body that leaves for Bedrock, and the header that names what was dropped."""
    call, request = read(**asked)
    return leaving(call, request), request.dropped.header()


def answer(events: Iterable[Mapping[str, object]], **asked: Any) -> RelayedEvents:  # noqa: ANN401
    """Return the body of a streamed response to a request that Bedrock answers with events."""
    call, _ = read(stream=True, **asked)
    body = call.respond(call.check(map(chunk, events)), ABOUT).body
    assert isinstance(body, RelayedEvents)
    return body
