"""Ask a chat route, or an endpoint of the stand-in, with an official client, and print its reading.

Run with the client's folder in PYTHONPATH: ``official_client.py openai|anthropic|responses URL PROMPT``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


def openai(url: str, prompt: str) -> dict[str, Any]:
    """Return the parts of a streamed chat completion, put together by hand as applications do."""
    from openai import OpenAI  # type: ignore[import-not-found]

    client = OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    function = {"name": "weather", "parameters": SCHEMA}
    stream = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": prompt}],
        tools=[{"type": "function", "function": function}],
        stream=True,
    )
    text, finish = "", None
    calls: dict[int, tuple[str, str]] = {}
    for chunk in stream:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
            for call in choice.delta.tool_calls or []:
                name, arguments = calls.get(call.index, ("", ""))
                calls[call.index] = (
                    name + (call.function.name or ""),
                    arguments + (call.function.arguments or ""),
                )
    return {"text": text, "finish": finish, "calls": [list(call) for _, call in sorted(calls.items())]}


def anthropic(url: str, prompt: str) -> dict[str, Any]:
    """Return the parts of a streamed message, put together by the client."""
    from anthropic import Anthropic  # type: ignore[import-not-found]

    client = Anthropic(base_url=url, api_key="none", max_retries=0)
    tools = [{"name": "weather", "input_schema": SCHEMA}]
    said = [{"role": "user", "content": prompt}]
    with client.messages.stream(model=MODEL, max_tokens=99, messages=said, tools=tools) as stream:
        message = stream.get_final_message()
    return {
        "text": "".join(block.text for block in message.content if block.type == "text"),
        "finish": message.stop_reason,
        "calls": [
            [block.name, json.dumps(block.input)] for block in message.content if block.type == "tool_use"
        ],
        "signed": [bool(block.signature) for block in message.content if block.type == "thinking"],
    }


def responses(url: str, prompt: str) -> dict[str, Any]:
    """Return the parts of a streamed response, put together by the client."""
    from openai import OpenAI

    client = OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    tools = [{"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}]
    with client.responses.stream(model="us.openai.gpt-5.6-sol", input=prompt, tools=tools) as stream:
        response = stream.get_final_response()
    calls = [item for item in response.output if item.type == "function_call"]
    return {
        "text": response.output_text,
        "finish": response.status,
        "calls": [[item.name, item.arguments] for item in calls],
        "signed": [bool(item.encrypted_content) for item in response.output if item.type == "reasoning"],
    }


if __name__ == "__main__":
    api, endpoint, asked = sys.argv[1:]
    print(
        json.dumps({"openai": openai, "anthropic": anthropic, "responses": responses}[api](endpoint, asked))
    )
