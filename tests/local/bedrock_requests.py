"""Builders of Converse requests, for the cases of what Bedrock refuses and takes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOVA = "us.amazon.nova-2-lite-v1:0"
SONNET_4_5 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SONNET_4 = "us.anthropic.claude-sonnet-4-20250514-v1:0"
OPUS_4_8 = "global.anthropic.claude-opus-4-8"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
PROMPT = "arn:aws:bedrock:us-east-1:111122223333:prompt/ABCDEFGHIJ"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


PNG, JPEG = b"\x89PNG\r\n\x1a\n" + bytes(16), b"\xff\xd8\xff\xe0" + bytes(16)


def text(words: str = "hi") -> dict[str, Any]:
    return {"text": words}


def user(*blocks: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks or [text()])}


def assistant(*blocks: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def use(tool_id: str = "t-1", **more: object) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": tool_id, "name": "weather", "input": {}, **more}}


def result(tool_id: str = "t-1", *content: Mapping[str, Any], **more: object) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": tool_id, "content": list(content or [text("sun")]), **more}}


def tool(name: str = "weather", schema: object = None) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "inputSchema": {"json": schema or {"type": "object"}}}}


def document(name: str = "d", data: bytes = b"x", kind: str = "txt", **source: object) -> dict[str, Any]:
    given = source or {"bytes": encoded(data)}
    return {"document": {"name": name, "format": kind, "source": given}}


def image(data: bytes = PNG, kind: str = "png") -> dict[str, Any]:
    return {"image": {"format": kind, "source": {"bytes": encoded(data)}}}


THOUGHT = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}
CACHE = {"cachePoint": {"type": "default"}}
TOOLS = {"tools": [tool()]}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}}


@dataclass(frozen=True)
class Case:
    """A request of Converse.

    :param refusal: the row of the table; for a request that is taken, what it is
    :param said: a part of the message
    """

    refusal: str
    said: str = ""
    model: str = NOVA
    messages: list[dict[str, Any]] = field(default_factory=lambda: [user()])
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The members in the body."""
        return {"messages": self.messages, **self.more}

    def __str__(self) -> str:
        return f"{self.refusal}: {self.said}"[:60]


def called(*blocks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a conversation whose last message answers the call of a tool."""
    return [user(), assistant(*blocks), user(result())]
