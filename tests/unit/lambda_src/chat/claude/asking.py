"""Requests of Anthropic's API to Claude, and what leaves for Bedrock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chat.converse.model_call import ChatRequest, ResponseMetadata
from chat.formats import anthropic
from chat.settings import ChatSettings
from lambda_streaming import Response

OPUS_4_1 = "anthropic.claude-opus-4-1-20250805-v1:0"
SONNET_3_7 = "anthropic.claude-3-7-sonnet-20250219-v1:0"
SONNET_4_5 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OPUS_4_6 = "global.anthropic.claude-opus-4-6-v1"
OPUS_4_8 = "us.anthropic.claude-opus-4-8"
SONNET_5 = "us.anthropic.claude-sonnet-5"
#: One of each generation that takes something that another does not.
MODELS = (SONNET_3_7, OPUS_4_1, SONNET_4_5, OPUS_4_6, OPUS_4_8, SONNET_5)
HI: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
TOOL = {"name": "w", "input_schema": {"type": "object"}}
REFUSED = "ValidationException"


class Refusal(Exception):
    """What Bedrock answers with, as both clients have it."""

    def __init__(self, message: str, code: str = REFUSED) -> None:
        super().__init__(message)
        self.response = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
        }


class Client:
    """A Bedrock that keeps what it was asked, and refuses what it is told to.

    :param refuse: gets the body and returns the message of a refusal. Default: - nothing is refused
    """

    def __init__(
        self, chunks: Iterable[Any] = (), refuse: Callable[[dict[str, Any]], str | None] | None = None
    ) -> None:
        self.asked: list[dict[str, Any]] = []
        self._chunks = chunks
        self._refuse = refuse

    def once(self, may_send: Callable[[], None]) -> Client:
        """Return itself: nothing is held here."""
        return self

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies, as JSON has them."""
        return [json.loads(each["body"]) for each in self.asked]

    def converse_stream(self, **request: object) -> dict[str, Any]:
        """Fail: nothing goes there."""
        raise AssertionError("ConverseStream was asked")

    def invoke_model_with_response_stream(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the chunks."""
        self.asked.append(request)
        if self._refuse and (message := self._refuse(self.bodies[-1])):
            raise Refusal(message)
        return {"body": (each for each in self._chunks), "ResponseMetadata": {"HTTPHeaders": {}}}

    def stream_vendor_api(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the chunks."""
        return self.invoke_model_with_response_stream(**request)

    def count_tokens(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Fail: a test of another module counts."""
        raise AssertionError("CountTokens was asked")


def chunk(event: Mapping[str, object]) -> dict[str, Any]:
    """Return an event as InvokeModelWithResponseStream has it."""
    return {"chunk": {"bytes": json.dumps(event).encode()}}


def read(
    model: str = SONNET_4_5,
    /,
    *,
    body: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    settings: Mapping[str, object] | None = None,
    **more: object,
) -> tuple[Any, ChatRequest]:
    """Return the call that a request asks for, and the request."""
    given = {"messages": HI, "max_tokens": 9, **more} if body is None else body
    event = {"path": "/v1/messages", "body": json.dumps(given), "headers": headers}
    request = ChatRequest(event, ChatSettings(model, json.dumps(settings or {})))
    return anthropic.read(request), request


def sent(model: str = SONNET_4_5, /, **asked: Any) -> tuple[dict[str, Any], str]:  # noqa: ANN401
    """Return the body that leaves for Bedrock, and the header that names what was dropped."""
    call, request = read(model, **asked)
    client = Client()
    assert call.ask is not None
    call.ask(client, request.settings.model(None))
    (body,) = client.bodies
    return body, request.dropped.header()


def whole(events: Iterable[Mapping[str, object]], **asked: Any) -> Response:  # noqa: ANN401
    """Return the response to a request that Bedrock answers with events."""
    call, _ = read(**asked)
    chunks: Iterator[Any] = map(chunk, events)
    response: Response = call.respond(call.check(chunks), ResponseMetadata("r-1", "model-1", 7))
    return response
