"""An agent of Pydantic AI; its words and its tool calls leave as they are made."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambda_streaming import Event, HTTPError, stream
from pydantic_ai import Agent, FunctionToolCallEvent, FunctionToolResultEvent
from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta
from pydantic_ai.models.bedrock import BedrockConverseModel

agent = Agent(BedrockConverseModel(os.environ["MODEL_ID"]))


@agent.tool_plain
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"It rains in {city}."


@stream
async def handler(event: Mapping[str, Any], context: object) -> AsyncIterator[Event]:
    """Answer ``{"prompt": "..."}``."""
    prompt = json.loads(event["body"] or "{}").get("prompt")
    if not prompt:
        raise HTTPError(400, "prompt is missing")
    async with agent.run_stream_events(prompt) as parts:
        async for part in parts:
            match part:
                case PartStartEvent(part=TextPart(text)) | PartDeltaEvent(delta=TextPartDelta(text)) if text:
                    yield Event({"text": text}, event="text")
                case FunctionToolCallEvent(part=call):
                    yield Event({"name": call.tool_name, "input": call.args_as_dict()}, event="tool-call")
                case FunctionToolResultEvent(part=result):
                    yield Event({"content": result.content}, event="tool-result")
    yield Event({}, event="done")
