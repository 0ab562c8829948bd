"""An agent of Strands; its words and its tool calls leave as they are made."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambda_streaming import Event, HTTPError, stream
from strands import Agent, tool
from strands.models import BedrockModel

MODEL = BedrockModel(model_id=os.environ["MODEL_ID"])


@tool
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"It rains in {city}."


@stream
async def handler(event: Mapping[str, Any], context: object) -> AsyncIterator[Event]:
    """Answer ``{"prompt": "..."}``."""
    prompt = json.loads(event["body"] or "{}").get("prompt")
    if not prompt:
        raise HTTPError(400, "prompt is missing")
    # an agent keeps its conversation, which is of one caller: each request has its own
    agent = Agent(model=MODEL, tools=[weather], callback_handler=None)
    async for part in agent.stream_async(prompt):
        if "data" in part:
            yield Event({"text": part["data"]}, event="text")
        for block in part["message"]["content"] if "message" in part else ():
            if call := block.get("toolUse"):
                yield Event({"name": call["name"], "input": call["input"]}, event="tool-call")
            if result := block.get("toolResult"):
                yield Event({"content": result["content"]}, event="tool-result")
    yield Event({}, event="done")
