"""Bodies that nobody would think of, on every route: a call to the model or a 4xx, and nothing else."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Mapping

import pytest
from chat.call import Request
from chat.formats import anthropic_request, openai_request
from chat.media import KINDS
from chat.members import NAMES
from chat.routes import ROUTES, find
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lambda_streaming import HTTPError

from tests.unit.chat.streams import SETTINGS

PATHS = ("/chat", *(f"/model/m{end}" if "stream" in end else end for end, _ in ROUTES))
# What the formats look for, so that chance gets far into them.
KEYS = st.sampled_from(
    [
        *NAMES,
        *openai_request._READ,
        *openai_request._UNSUPPORTED,
        *anthropic_request._READ,
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
        "json_schema",
        "data:image/png;base64,AAAA",
        "AAAA",
        "{}",
        *KINDS,
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
BODIES = st.dictionaries(
    KEYS | st.text(max_size=5),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
        max_leaves=25,
    ),
    max_size=6,
)
# All paths together: CHAT_BODIES=1500 makes 10,000 of it.
MANY = settings(
    max_examples=int(os.environ.get("CHAT_BODIES", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def attempt(path: str, event: Mapping[str, object]) -> None:
    """Read a request as the handler does, up to what the model is asked."""
    refusal: HTTPError | None = None
    try:
        asked = find(path).read(Request({"path": path, **event}, SETTINGS))
        json.dumps(asked.native or SETTINGS.arguments(SETTINGS.models[0], asked.members), default=repr)
    except HTTPError as error:
        refusal = error
    assert refusal is None or (400 <= refusal.status < 500 and len(refusal.message) <= 300)


@pytest.mark.parametrize("path", PATHS)
@MANY
@given(body=BODIES)
def test_any_json_object_is_a_call_or_a_4xx(path: str, body: dict[str, object]) -> None:
    attempt(path, {"body": json.dumps(body)})


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=40, deadline=None)
@given(
    body=st.none() | st.text() | st.binary().map(lambda data: b64encode(data).decode()), encoded=st.booleans()
)
def test_any_text_is_a_call_or_a_4xx(path: str, body: str | None, encoded: bool) -> None:
    attempt(path, {"body": body, "isBase64Encoded": encoded})
