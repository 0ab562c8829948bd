"""OpenAI's Agents SDK, whose turns name the response before them, and which sends nothing twice."""

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


@function_tool
def weather(city: str) -> str:
    """Return the weather."""
    return f"rain in {city}"


AGENT = Agent(name="helper", instructions="Be brief", model="model-1", tools=[weather])


async def main() -> None:
    """Run a turn with a tool, and a second one that goes on from it."""
    first = await Runner.run(AGENT, "Weather?", auto_previous_response_id=True)
    second = Runner.run_streamed(AGENT, "Thanks", previous_response_id=first.last_response_id)
    async for _ in second.stream_events():
        pass
    print(json.dumps([first.final_output, second.final_output]))


asyncio.run(main())
