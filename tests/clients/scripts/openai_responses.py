"""OpenAI's Python client, at the Responses API."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import sys

import openai
from scenarios import TOOL_SCHEMA, run

client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="key")
TOOLS = [{"type": "function", "name": "weather", "parameters": TOOL_SCHEMA, "strict": False}]


def ask(prompt: str, streamed: bool) -> dict[str, object]:
    """Return what the client has read."""
    question = {
        "model": "model-1",
        "input": prompt,
        "tools": TOOLS if prompt.startswith("tools") else openai.NOT_GIVEN,
    }
    if streamed:
        said = ""
        with client.responses.stream(**question) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    said += event.delta
            answer = stream.get_final_response()
        assert said == answer.output_text
    else:
        answer = client.responses.create(**question)
    thoughts = [part.text for item in answer.output if item.type == "reasoning" for part in item.summary]
    return {
        "text": answer.output_text,
        "reasoning": "".join(thoughts) or None,
        "tools": [(item.name, item.arguments) for item in answer.output if item.type == "function_call"],
        "finish": answer.status,
        "usage": [answer.usage.input_tokens, answer.usage.output_tokens],
    }


run(ask, sys.argv[2])
