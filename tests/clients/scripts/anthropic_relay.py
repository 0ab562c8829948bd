"""Anthropic's Python client in front of Claude: what only the relay passes on."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import sys

import anthropic

CLIENT = anthropic.Anthropic(base_url=sys.argv[1], api_key="key")
MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
TOOLS = [
    {"name": "mcp.weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}},
    {"type": "bash_20250124", "name": "bash"},
]


def ask(messages: list[dict[str, object]], *, streamed: bool, **more: object) -> dict[str, object]:
    """Return the answer as the client reads it."""
    asked = {"model": MODEL, "max_tokens": 2000, "messages": messages, **more}
    if not streamed:
        return CLIENT.messages.create(**asked).model_dump(exclude_none=True)
    with CLIENT.messages.stream(**asked) as stream:
        return stream.get_final_message().model_dump(exclude_none=True)


def user(content: object) -> dict[str, object]:
    """Return a message of the user."""
    return {"role": "user", "content": content}


def every(streamed: bool) -> dict[str, object]:
    """Return the answers to everything."""
    reasoned = ask([user("[[reasoning=Let me think.]] [[say=Hello.]]")], streamed=streamed)
    # the thinking goes back as it came
    back = [user("hi"), {"role": "assistant", "content": reasoned["content"]}, user("[[say=Again.]]")]
    called = ask([user(sys.argv[2])], streamed=streamed, tools=TOOLS)
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": "12 degrees"}
        for block in called["content"]
        if block["type"] == "tool_use"
    ]
    history = [user("hi"), {"role": "assistant", "content": called["content"]}, user(results)]
    document = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Bonn is warm."},
        "citations": {"enabled": True},
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }
    said = [document, {"type": "text", "text": "[[say=It is warm.]]"}]
    return {
        "thinking": reasoned,
        "thinking back": ask(back, streamed=streamed, thinking={"type": "enabled", "budget_tokens": 1024}),
        "tools": called,
        "results": ask(history, streamed=streamed, tools=TOOLS),
        "stopped": ask([user("[[say=One END two]]")], streamed=streamed, stop_sequences=["END"]),
        "cut": ask([user(sys.argv[2] + " [[tokens=2]]")], streamed=streamed, tools=TOOLS),
        "document": ask([user(said)], streamed=streamed, system="Be brief"),
    }


if __name__ == "__main__":
    counted = CLIENT.messages.count_tokens(model=MODEL, messages=[user("one two three")], tools=TOOLS[:1])
    told = {"stream": every(True), "whole": every(False), "count": counted.input_tokens}
    # every version of the client lists models
    told["models"] = [each.id for each in CLIENT.models.list().data]
    print(json.dumps({**told, "model": CLIENT.models.retrieve(MODEL).id}))
