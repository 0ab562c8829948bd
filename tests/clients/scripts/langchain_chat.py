"""LangChain, with nothing but the base URL changed."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import sys

from scenarios import TOOL_SCHEMA, run

URL = sys.argv[1]
WEATHER = {"name": "weather", "description": "the weather", "parameters": TOOL_SCHEMA}


def openai() -> object:
    """Return the model behind OpenAI's API."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(base_url=f"{URL}/v1", api_key="key", model="model-1", stream_usage=True)


def anthropic() -> object:
    """Return the model behind Anthropic's API."""
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(base_url=URL, api_key="key", model="model-1", max_tokens=100)


MODELS = {"langchain-openai": openai, "langchain-anthropic": anthropic}


def asker(model: object) -> object:
    """Return what asks a model."""

    def ask(prompt: str, streamed: bool) -> dict[str, object]:
        asked = model.bind_tools([WEATHER]) if prompt.startswith("tools") else model
        answer = None
        for chunk in asked.stream(prompt):
            answer = chunk if answer is None else answer + chunk
        blocks = answer.content if isinstance(answer.content, list) else []
        thinking = [block["thinking"] for block in blocks if block.get("type") == "thinking"]
        metadata = answer.response_metadata
        return {
            "text": str(answer.text),
            "reasoning": "".join(thinking) or None,
            "tools": [(call["name"], json.dumps(call["args"])) for call in answer.tool_calls],
            "finish": metadata.get("finish_reason") or metadata["stop_reason"],
            "usage": [answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]],
        }

    return ask


name = sys.argv[2]
run(asker(MODELS[name]()), name, (True,))
