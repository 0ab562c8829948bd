"""OpenAI's Python client."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import sys

import openai
from scenarios import TOOL_SCHEMA, run

client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="key")
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": TOOL_SCHEMA}}]


def ask(prompt: str, streamed: bool) -> dict[str, object]:
    """Return what the client has read."""
    question = {
        "model": "model-1",
        "messages": [{"role": "user", "content": prompt}],
        "tools": TOOLS if prompt.startswith("tools") else openai.NOT_GIVEN,
    }
    if not streamed:
        answer = client.chat.completions.create(**question)
        message = answer.choices[0].message
        return {
            "text": message.content,
            "reasoning": getattr(message, "reasoning_content", None),
            "tools": [(call.function.name, call.function.arguments) for call in message.tool_calls or []],
            "finish": answer.choices[0].finish_reason,
            "usage": [answer.usage.prompt_tokens, answer.usage.completion_tokens],
        }
    read: dict[str, object] = {"text": "", "reasoning": None, "tools": [], "finish": None}
    stream = client.chat.completions.create(**question, stream=True, stream_options={"include_usage": True})
    for chunk in stream:
        for choice in chunk.choices:
            read["text"] += choice.delta.content or ""
            read["finish"] = choice.finish_reason or read["finish"]
            if reasoning := getattr(choice.delta, "reasoning_content", None):
                read["reasoning"] = (read["reasoning"] or "") + reasoning
            for call in choice.delta.tool_calls or []:
                if call.function.name:
                    read["tools"].append([call.function.name, ""])
                read["tools"][call.index][1] += call.function.arguments or ""
        if chunk.usage:
            read["usage"] = [chunk.usage.prompt_tokens, chunk.usage.completion_tokens]
    return read


assert [model.id for model in client.models.list()] == ["model-1"]
run(ask, sys.argv[2])
