"""Bodies that nobody would think of, on every route: a call to the model or a 4xx, and nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator

import pytest
from chat.converse.media import KINDS
from chat.converse.request import NAMES
from chat.formats import openai, ui
from chat.formats.anthropic import request as anthropic_request
from chat.formats.responses import members as responses_members
from chat.routes import ROUTES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lambda_streaming import CollectedResponse

from tests.unit.lambda_src.chat.handling import handle

OF_BEDROCK = ("relay", "invoke", "count_tokens")
PATHS = ("/chat", *(f"/model/model-1{end}" if name in OF_BEDROCK else end for end, name in ROUTES))
# What the formats look for, so that chance gets far into them.
KEYS = st.sampled_from(
    [
        *NAMES,
        *openai.request.MEMBERS,
        *responses_members.MEMBERS,
        *anthropic_request.MEMBERS,
        *ui.request.MEMBERS,
        "prompt",
        "role",
        "content",
        "parts",
        "type",
        "text",
        "source",
        "data",
        "media_type",
        "bytes",
        "image",
        "image_url",
        "file",
        "file_data",
        "url",
        "input",
        "toolResult",
        "tool_calls",
        "tool_call_id",
        "tool_use_id",
        "toolCallId",
        "toolName",
        "state",
        "id",
        "name",
        "function",
        "arguments",
        "call_id",
        "output",
        "encrypted_content",
        "namespace",
        "format",
        "cache_control",
        "reasoningContent",
        "redactedContent",
        "guardContent",
    ]
)
WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "system",
        "tool",
        "text",
        "image",
        "image_url",
        "file",
        "document",
        "tool_use",
        "tool_result",
        "thinking",
        "redacted_thinking",
        "search_result",
        "tool-x",
        "dynamic-tool",
        "output-available",
        "output-error",
        "base64",
        "function",
        "custom",
        "namespace",
        "function_call",
        "function_call_output",
        "reasoning",
        "input_text",
        "input_image",
        "input_file",
        "allowed_tools",
        "json_schema",
        "data:image/png;base64,AAAA",
        "AAAA",
        "{}",
        *KINDS,
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
# Half of them begin as a request does, which gets them further.
PART = st.fixed_dictionaries({"type": WORDS}, optional={"text": st.text(max_size=3), "source": VALUES})
MESSAGE = st.fixed_dictionaries(
    {"role": WORDS}, optional={"content": st.text(max_size=3) | st.lists(PART | VALUES, max_size=3)}
)
LIKELY = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGE, min_size=1, max_size=3), "max_tokens": st.just(5)},
    optional={
        "model": st.just("model-1"),
        "tools": VALUES,
        "system": VALUES,
        "input": st.lists(MESSAGE | PART | VALUES, max_size=3),
        "tool_choice": VALUES,
        "stream": st.booleans(),
    },
)
BODIES = st.dictionaries(KEYS | st.text(max_size=5), VALUES, max_size=6) | LIKELY


def bodies(number: int) -> settings:
    """Return the settings of a test with so many bodies, of which each goes to every path."""
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))


def answers(**event: object) -> Iterator[CollectedResponse]:
    """Yield the answer of every path."""
    for path in PATHS:
        answer = handle({"path": path, **event})
        yield answer
        if answer.status == 200:
            continue
        assert 400 <= answer.status < 500, (path, answer.body)
        said = json.loads(answer.body)
        assert said["error"].keys() == {"type", "message", "code", "param"}
        assert len(said["error"]["message"]) <= 300
        assert b"Traceback" not in answer.body


SAID = {"role": "user", "content": "Hi"}
GOOD: dict[str, dict[str, object]] = {
    "/chat": {"prompt": "Hi"},
    "/chat/completions": {"messages": [SAID]},
    "/v1/responses": {"input": [SAID]},
    "/v1/models": {},
    "/v1/messages": {"messages": [SAID], "max_tokens": 5},
    "/v1/messages/count_tokens": {"messages": [SAID]},
    "/model/model-1/count-tokens": {
        "input": {"converse": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}}
    },
    "/ui/chat": {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]},
    "/model/model-1/converse-stream": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
    "/model/model-1/converse": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
    "/model/model-1/invoke": {"anthropic_version": "bedrock-2023-05-31"},
    "/model/model-1/invoke-with-response-stream": {"prompt": "Hi"},
}


@pytest.mark.parametrize("path", PATHS)
def test_chat_routes_good_body_on_every_route_is_a_200(path: str) -> None:
    assert handle({"path": path, "body": json.dumps(GOOD[path])}).status == 200


@bodies(250)
@given(body=BODIES)
def test_chat_routes_any_json_object_is_a_call_or_a_4xx(body: dict[str, object]) -> None:
    assert len(list(answers(body=json.dumps(body)))) == len(PATHS)


@pytest.mark.slow
@bodies(1430)
@given(body=BODIES)
def test_chat_routes_any_of_more_json_objects_is_a_call_or_a_4xx(body: dict[str, object]) -> None:
    assert len(list(answers(body=json.dumps(body)))) == len(PATHS)


@settings(max_examples=100, deadline=None)
@given(
    body=st.none() | st.text() | st.binary().map(lambda data: b64encode(data).decode()), encoded=st.booleans()
)
def test_chat_routes_any_text_is_a_call_or_a_4xx(body: str | None, encoded: bool) -> None:
    assert len(list(answers(body=body, isBase64Encoded=encoded))) == len(PATHS)


def nested(outer: str, inner: str, ends: str) -> str:
    """Return a block in a block in a block, which JSON parsers take and recursive functions do not."""
    depth = 1200
    return outer * depth + inner + ends * depth


RESULT = nested('{"toolResult":{"content":[', '{"text":"x"}', "]}}")
TOOL_RESULT = nested(
    '{"type":"tool_result","tool_use_id":"t","content":[', '{"type":"text","text":"x"}', "]}"
)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chat", f'{{"messages":[{{"role":"user","content":[{RESULT}]}}]}}'),
        ("/v1/messages", f'{{"max_tokens":5,"messages":[{{"role":"user","content":[{TOOL_RESULT}]}}]}}'),
    ],
)
def test_chat_routes_deeply_nested_body_is_a_400(path: str, body: str) -> None:
    answer = handle({"path": path, "body": body})
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "invalid_json"
