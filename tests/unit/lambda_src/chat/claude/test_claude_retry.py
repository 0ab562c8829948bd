"""One more attempt without what Bedrock refuses as an extra input."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import pytest
from chat.errors import UpstreamError
from chat.formats.claude.retry import name_of
from chat.formats.refused_path import without
from chat.settings import ChatSettings

from tests.unit.lambda_src.chat import handling
from tests.unit.lambda_src.chat.claude.asking import (
    HI,
    SONNET_4_5,
    TOOL,
    Client,
    Refusal,
    chunk,
    read,
)

HANDLER: Any = getattr(handling, "handler")  # noqa: B009 - it is imported there with an environment
ANSWER: list[Mapping[str, object]] = [
    {"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]


@pytest.mark.parametrize(
    ("path", "name", "left"),
    [
        ("cache_control", "cache_control", {"tools": [{"name": "w", "strict": True}], "thinking": {"a": 1}}),
        ("tools.0.custom.strict", "tools.strict", None),
        ("tools.0.strict", "tools.strict", None),
        ("thinking.adaptive.a", None, {"thinking": {}}),
        ("tools.1.custom.strict", "tools.strict", "nothing"),
        ("thinking.b", None, "nothing"),
        ("tools.custom.strict", "tools.strict", "nothing"),
    ],
)
def test_claude_retry_leaves_out_the_member_that_a_path_names(
    path: str, name: str | None, left: object
) -> None:
    body = {
        "cache_control": {"type": "ephemeral"},
        "tools": [{"name": "w", "strict": True}],
        "thinking": {"a": 1},
    }
    parts = path.split(".")
    expected: Any = {**body, "tools": [{"name": "w"}]} if left is None else left
    if isinstance(left, dict):
        expected = {**body, **left}
        if path == "cache_control":
            del expected["cache_control"]
    assert without(body, parts) == (None if left == "nothing" else expected)
    assert name_of(parts) == name


def refusing(name: str, path: str) -> Any:  # noqa: ANN401
    def refuse(body: dict[str, Any]) -> str | None:
        return f"The model says: {path}: Extra inputs are not permitted" if name in json.dumps(body) else None

    return refuse


def test_claude_retry_is_made_once_and_named() -> None:
    call, request = read(tools=[{**TOOL, "strict": True}])
    client = Client(refuse=refusing("strict", "tools.0.custom.strict"))
    call.ask(client, request.settings.model(None))
    assert [body["tools"] for body in client.bodies] == [[{**TOOL, "strict": True}], [TOOL]]
    assert request.dropped.header() == "tools.strict"


def test_claude_retry_member_below_the_type_of_its_holder_is_found() -> None:
    call, request = read(thinking={"type": "adaptive", "display": "omitted"}, top_k=5)
    client = Client(refuse=refusing("display", "thinking.adaptive.display"))
    call.ask(client, request.settings.model(None))
    assert client.bodies[1]["thinking"] == {"type": "adaptive"}
    assert request.dropped.header() == "thinking.display"


def test_claude_retry_second_refusal_is_the_error() -> None:
    call, request = read(top_k=5, temperature=0.5)
    client = Client(
        refuse=lambda body: f"{'top_k' if 'top_k' in body else 'temperature'}: Extra inputs are not permitted"
    )
    with pytest.raises(Refusal, match="temperature"):
        call.ask(client, request.settings.model(None))
    assert len(client.asked) == 2


@pytest.mark.parametrize(
    "message", ["invalid beta flag", "top_k: Field required", "Extra inputs are not permitted"]
)
def test_claude_retry_is_not_made_for_other_refusals(message: str) -> None:
    call, request = read(top_k=5)
    client = Client(refuse=lambda body: message)
    with pytest.raises(Refusal):
        call.ask(client, request.settings.model(None))
    assert len(client.asked) == 1


@pytest.mark.parametrize("stream", [True, False])
def test_claude_retry_is_named_in_the_header_of_the_response(stream: bool) -> None:
    client = Client([*map(chunk, ANSWER)], refuse=refusing("top_k", "top_k"))
    body = {"messages": HI, "max_tokens": 9, "top_k": 5, "stream": stream, "speed": "fast"}
    with (
        mock.patch.object(HANDLER, "BEDROCK", client),
        mock.patch.object(HANDLER, "SETTINGS", ChatSettings(SONNET_4_5)),
    ):
        answer = HANDLER.handler({"path": "/v1/messages", "body": json.dumps(body)}, None)
    assert (answer.status, len(client.asked)) == (200, 2)
    assert answer.headers["x-streaming-api-ignored"] == "speed, top_k"


def test_claude_retry_after_the_first_byte_is_not_made() -> None:
    def failing() -> Iterator[Any]:
        yield chunk(ANSWER[0])
        yield chunk(ANSWER[1])
        raise Refusal("top_k: Extra inputs are not permitted", "validationException")

    client = Client(failing())
    body = {"messages": HI, "max_tokens": 9, "top_k": 5, "stream": True}
    with (
        mock.patch.object(HANDLER, "BEDROCK", client),
        mock.patch.object(HANDLER, "SETTINGS", ChatSettings(SONNET_4_5)),
        pytest.raises(UpstreamError) as caught,
    ):
        HANDLER.handler({"path": "/v1/messages", "body": json.dumps(body)}, None)
    assert (len(client.asked), caught.value.code) == (1, "validationException")
