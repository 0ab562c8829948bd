"""Events of OpenAI's Responses API, each judged by the types that Open Responses publishes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from chat.formats.responses.response import ResponseEvents

from tests.unit.lambda_src.chat.streams import call, respond

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent
    from pydantic import BaseModel

PATH = "/v1/responses"
ASK: dict[str, object] = {"model": "model-1", "input": "Hi"}


def judged(encoded: Iterable[bytes], *, functions: bool = True) -> list[dict[str, Any]]:
    """Return the data of events, once every one of them is valid and they are numbered in order.

    :param functions: whether all tools are functions; Open Responses has types for no others
    """
    events = [event(each) for block in encoded for each in block.split(b"\n\n")[:-1]]
    assert [each["sequence_number"] for each in events] == list(range(len(events)))
    if functions and sys.version_info >= (3, 11):
        for each in events:
            model(each["type"]).model_validate(each)
    return events


def event(encoded: bytes) -> dict[str, Any]:
    """Return the data of one event, whose name must be its type."""
    name, data = encoded.decode().split("\n")
    found: dict[str, Any] = json.loads(data.removeprefix("data: "))
    assert name == f"event: {found['type']}"
    return found


def model(kind: str) -> type[BaseModel]:
    """Return the pydantic model of an event type."""
    types = pytest.importorskip("openresponses_types.types", reason="it needs Python 3.11")
    models: list[type[BaseModel]] = [
        each for name, each in vars(types).items() if name.endswith("StreamingEvent")
    ]
    found = [each for each in models if kind in _kinds(each)]
    assert len(found) == 1, kind
    return found[0]


def _kinds(each: type[BaseModel]) -> set[str]:
    members: Any = each.model_fields["type"].annotation
    return {str(member.value) for member in members}


def resource(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response object, once it is valid."""
    if sys.version_info >= (3, 11):
        types = pytest.importorskip("openresponses_types.types", reason="it needs Python 3.11")
        types.ResponseResource.model_validate(response)
    return response


def body(events: Iterable[ConverseEvent], **more: object) -> ResponseEvents:
    """Return the body of a streamed answer."""
    found = respond(call(PATH, {**ASK, "stream": True, **more}), events).body
    assert isinstance(found, ResponseEvents)
    return found


def streamed(
    events: Iterable[ConverseEvent], *, functions: bool = True, **more: object
) -> list[dict[str, Any]]:
    """Return the events of a streamed answer."""
    return judged([each.encode() for each in body(events, **more)], functions=functions)


def failed(
    answer: ResponseEvents, error: type[BaseException], *, functions: bool = True
) -> list[dict[str, Any]]:
    """Return the events of an answer that fails, as the streaming library ends it."""
    written = []
    try:
        for each in answer:
            written.append(each.encode())
    except error as caught:
        return judged([*written, answer.last_event(caught)], functions=functions)
    raise AssertionError("the answer did not fail")


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Return the types of events."""
    return [each["type"] for each in events]
