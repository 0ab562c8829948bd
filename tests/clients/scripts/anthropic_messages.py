"""Anthropic's Python client."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import sys

import anthropic
from scenarios import TOOL_SCHEMA, run

TOOLS = [{"name": "weather", "input_schema": TOOL_SCHEMA}]


def question(prompt: str) -> dict[str, object]:
    """Return what is asked."""
    return {
        "model": "model-1",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
        "tools": TOOLS if prompt.startswith("tools") else [],
    }


def outcome(answer: anthropic.types.Message) -> dict[str, object]:
    """Return what is told of an answer."""
    by_type = {block.type: block for block in answer.content}
    usage = answer.usage
    return {
        "text": by_type["text"].text,
        "reasoning": by_type["thinking"].thinking if "thinking" in by_type else None,
        "tools": [
            [block.name, json.dumps(block.input)] for block in answer.content if block.type == "tool_use"
        ],
        "finish": answer.stop_reason,
        "usage": [usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens],
    }


def main() -> None:
    """Ask everything."""
    client = anthropic.Anthropic(base_url=sys.argv[1], api_key="key")

    def ask(prompt: str, streamed: bool) -> dict[str, object]:
        if not streamed:
            return outcome(client.messages.create(**question(prompt)))
        with client.messages.stream(**question(prompt)) as stream:
            return outcome(stream.get_final_message())

    run(ask, sys.argv[2])


if __name__ == "__main__":
    main()
