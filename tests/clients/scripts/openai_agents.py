"""OpenAI's Agents SDK in its default settings, whose API is Responses: an agent with two tools."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import asyncio
import json
import os
import sys

os.environ |= {"OPENAI_BASE_URL": f"{sys.argv[1]}/v1", "OPENAI_API_KEY": "key"}
# its traces go to OpenAI's servers, whatever the base URL is
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

from agents import Agent, Runner, function_tool
from openai import APIError
from pydantic import BaseModel


class City(BaseModel):
    """A city."""

    name: str


@function_tool
def weather(city: str) -> str:
    """Return the weather."""
    return f"rain in {city}"


@function_tool
def clock(city: str) -> str:
    """Return the time."""
    return f"noon in {city}"


AGENT = Agent(name="helper", instructions="Be brief", model="model-1", tools=[weather, clock])


async def whole() -> object:
    """A run whose turns are whole answers."""
    result = await Runner.run(AGENT, "Weather and time?")
    return [result.final_output, result.context_wrapper.usage.total_tokens]


async def streamed() -> object:
    """A run whose turns are streams."""
    result = Runner.run_streamed(AGENT, "Weather and time?")
    said = ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            said += event.data.delta
    assert said == result.final_output
    return [result.final_output, result.context_wrapper.usage.total_tokens]


async def structured() -> object:
    """An agent whose output has a class."""
    result = await Runner.run(Agent(name="s", model="model-1", output_type=City), "Where?")
    return result.final_output.name


async def failed() -> object:
    """A stream that fails in the middle."""
    result = Runner.run_streamed(AGENT, "Hi")
    try:
        async for _ in result.stream_events():
            pass
    except APIError as error:
        return str(error)


async def main() -> None:
    """Run everything, in order."""
    print(json.dumps({each.__name__: await each() for each in (whole, streamed, structured, failed)}))


asyncio.run(main())
