"""The AI SDK's UI message stream: reasoning with what a model needs to take it back, and sources."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat.converse.model_call import ChatRequest
from chat.routes import find

from tests.unit.lambda_src.chat.streams import (
    METADATA,
    SETTINGS,
    START,
    TEXT,
    call,
    delta,
    end,
    items,
    stop,
)
from tests.unit.lambda_src.chat.test_ui import HI, PATH

SIGNED = {"bedrock": {"signature": "c2ln"}}
REDACTED = {"bedrock": {"redactedData": "AAE="}}
THOUGHT = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}}
SECRET = {"reasoningContent": {"redactedContent": b"\0\1"}}


def test_ui_reasoning_ends_with_its_signature() -> None:
    events = [
        START,
        delta(0, reasoningContent={"text": "hm"}),
        delta(0, reasoningContent={"signature": "c2"}),
        delta(0, reasoningContent={"signature": "ln"}),
        stop(0),
        delta(1, text="a"),
        *TEXT[3:],
    ]
    assert items(call(PATH, HI), events)[2:5] == [
        {"type": "reasoning-start", "id": "0"},
        {"type": "reasoning-delta", "id": "0", "delta": "hm"},
        {"type": "reasoning-end", "id": "0", "providerMetadata": SIGNED},
    ]


def test_ui_reasoning_that_is_encrypted_is_a_part_without_text() -> None:
    events = [
        START,
        delta(0, reasoningContent={"redactedContent": b"\0\1"}),
        stop(0),
        end("end_turn"),
        METADATA,
    ]
    assert items(call(PATH, HI), events)[2:4] == [
        {"type": "reasoning-start", "id": "0"},
        {"type": "reasoning-end", "id": "0", "providerMetadata": REDACTED},
    ]


def said(*parts: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Return the messages of a request after such an answer, and what was dropped of it."""
    body = {"messages": [*HI["messages"], {"role": "assistant", "parts": list(parts)}, *HI["messages"]]}
    request = ChatRequest({"path": PATH, "body": json.dumps(body)}, SETTINGS)
    return find(PATH).read(request).members["messages"], request.dropped.header()


def reasoning(metadata: object) -> dict[str, Any]:
    return {"type": "reasoning", "text": "hm", "state": "done", "providerMetadata": metadata}


def test_ui_reasoning_with_its_signature_returns_to_the_model_as_it_was() -> None:
    messages, dropped = said(reasoning(SIGNED), reasoning(REDACTED), {"type": "text", "text": "a"})
    assert messages[1] == {"role": "assistant", "content": [THOUGHT, SECRET, {"text": "a"}]}
    assert dropped == ""


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "x",
        {},
        {"bedrock": None},
        {"bedrock": {}},
        {"bedrock": {"signature": ""}},
        {"bedrock": {"signature": 1}},
        {"bedrock": {"redactedData": "%"}},
        {"bedrock": {"redactedData": 1}},
        {"openai": {"itemId": "rs_1"}},
    ],
)
def test_ui_reasoning_without_a_signature_is_left_out_and_named(metadata: object) -> None:
    messages, dropped = said(reasoning(metadata), {"type": "text", "text": "a"})
    assert messages[1]["content"] == [{"text": "a"}]
    assert dropped == "messages.parts.reasoning"


def test_ui_reasoning_that_nothing_follows_is_left_out() -> None:
    # an answer that was stopped; no model takes a message that ends in reasoning
    messages, dropped = said({"type": "text", "text": "a"}, reasoning(SIGNED))
    assert messages[1]["content"] == [{"text": "a"}]
    assert dropped == "messages.parts.reasoning"
    messages, _ = said(reasoning(SIGNED))
    assert [each["role"] for each in messages] == ["user"]


CHARS = {"documentIndex": 0, "start": 0, "end": 5}
WEB = {"url": "https://example.com/a", "domain": "example.com"}


@pytest.mark.parametrize(
    ("citation", "source"),
    [
        (
            {"title": "A", "location": {"web": WEB}},
            {"type": "source-url", "url": "https://example.com/a", "title": "A"},
        ),
        ({"location": {"web": WEB}}, {"type": "source-url", "url": "https://example.com/a"}),
        (
            {"source": "https://example.com/b", "location": {"searchResultLocation": {"start": 0}}},
            {"type": "source-url", "url": "https://example.com/b"},
        ),
        (
            {"source": "javascript:alert(1)", "location": {"searchResultLocation": {"start": 0}}},
            {"type": "source-document", "mediaType": "text/plain", "title": "javascript:alert(1)"},
        ),
        (
            {"location": {"web": {"url": "javascript:alert(1)"}}},
            {"type": "source-document", "mediaType": "text/html", "title": "document"},
        ),
        (
            {"title": "A", "location": {"documentChar": CHARS}},
            {"type": "source-document", "mediaType": "text/plain", "title": "A"},
        ),
        (
            {"title": "A", "location": {"documentPage": CHARS}},
            {"type": "source-document", "mediaType": "application/pdf", "title": "A"},
        ),
        (
            {"location": {"documentChunk": CHARS}},
            {"type": "source-document", "mediaType": "text/plain", "title": "document"},
        ),
        ({"location": {"later": {}}}, None),
        ({}, None),
    ],
)
def test_ui_citation_is_a_source(citation: dict[str, Any], source: dict[str, Any] | None) -> None:
    events = [START, delta(0, text="Green"), delta(0, citation=citation), *TEXT[3:]]
    written: list[Any] = items(call(PATH, HI), events)
    found = [each for each in written if isinstance(each, dict) and each["type"].startswith("source")]
    more = {"sourceId": "source-1", "providerMetadata": {"bedrock": {"citation": citation}}}
    assert found == ([{**source, **more}] if source else [])
