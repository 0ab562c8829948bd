"""The handler as it is deployed, with a model at its outermost edge that says what it is told to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unittest import mock

from chat.bedrock.client import _blob
from lambda_streaming import CollectedResponse

from tests.unit.lambda_src.chat.streams import TEXT

ENVIRONMENT = {
    "BEDROCK_MODEL_ID": "model-1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
with mock.patch.dict(os.environ, ENVIRONMENT):
    from chat import handler

# The end in the words of any model.
NATIVE = [
    {"chunk": {"bytes": b'{"type":"message_start","message":{},"generation":"Hi"}'}},
    {"chunk": {"bytes": b'{"type":"message_stop","stop_reason":"stop"}'}},
]


class BedrockStandIn:
    """Answers every request with the same events, once it could be sent."""

    def __init__(self, events: Iterable[Mapping[str, Any]]) -> None:
        self._events = events

    def converse_stream(self, **request: object) -> dict[str, Any]:
        """Return the events."""
        json.dumps(request, default=_blob)
        return {"stream": _told(self._events), "ResponseMetadata": {"HTTPHeaders": {}}}

    def invoke_model_with_response_stream(self, **request: object) -> dict[str, Any]:
        """Return the chunks, which are :data:`NATIVE` unless the events are those of ConverseStream."""
        events = NATIVE if self._events is TEXT else self._events
        return {"body": _told(events), "ResponseMetadata": {"HTTPHeaders": {}}}


def _told(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield from events


def handle(
    event: Mapping[str, Any], events: Iterable[Mapping[str, Any]] = TEXT, context: object = None
) -> CollectedResponse:
    """Return the answer to a request, as a client would get it."""
    with mock.patch.object(handler, "BEDROCK", BedrockStandIn(events)):
        return handler.handler(event, context)
