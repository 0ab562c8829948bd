"""Drive an agent of Strands: every strands_*.py beside this gives the model."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import asyncio
import base64

import driving
from driving import prompt
from pydantic import BaseModel
from strands import Agent, tool
from strands.models import Model
from strands.types.exceptions import MaxTokensReachedException


class City(BaseModel):
    """A city."""

    name: str
    population: int


@tool
def weather(city: str) -> str:
    """Return the weather."""
    return driving.TOOLS["weather"](city)


@tool
def clock(city: str) -> str:
    """Return the time."""
    return driving.TOOLS["clock"](city)


def drive(model: Model, limited: Model) -> None:
    """Run the scenarios.

    :param limited: the model with the token limit
    """

    def agent(**more: object) -> Agent:
        return Agent(model=model, callback_handler=None, **more)

    def said(message: dict[str, object]) -> str:
        return "".join(block.get("text", "") for block in message["content"])

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": said(agent()(prompt(scenario)).message)}

    async def pieces(scenario: str) -> list[str]:
        return [each["data"] async for each in agent().stream_async(prompt(scenario)) if "data" in each]

    def tools() -> dict[str, object]:
        asked = agent(tools=[weather, clock])
        answer = asked(prompt("tools"))
        blocks = [block for message in asked.messages for block in message["content"]]
        calls = [[each["toolUse"]["name"], each["toolUse"]["input"]] for each in blocks if "toolUse" in each]
        return {"calls": calls, "text": said(answer.message)}

    def see(scenario: str, block: dict[str, object]) -> dict[str, object]:
        return {"text": said(agent()([{"text": prompt(scenario)}, block]).message)}

    def thinking() -> dict[str, object]:
        asked = agent()
        thoughts = [block.get("reasoningContent") for block in asked(prompt("thinking")).message["content"]]
        thought = "".join(each["reasoningText"]["text"] for each in thoughts if each)
        return {"thinking": thought, "text": said(asked(prompt("thinking", "then")).message)}

    def usage() -> dict[str, object]:
        told = agent()(prompt("usage")).metrics.accumulated_usage
        return {"usage": [told["inputTokens"], told["outputTokens"]]}

    def truncation() -> dict[str, object]:
        asked = Agent(model=limited, callback_handler=None)
        try:
            asked(prompt("truncation"))
        except MaxTokensReachedException:
            return {"finish": "max_tokens", "text": said(asked.messages[-1])}
        return {"finish": None}

    png, pdf = (base64.b64decode(each) for each in (driving.PNG, driving.PDF))
    driving.run(
        text=text,
        stream=lambda: {"pieces": asyncio.run(pieces("stream"))},
        tools=tools,
        structured=lambda: {
            "modes": {
                "structured_output_model": agent()(
                    prompt("structured"), structured_output_model=City
                ).structured_output.model_dump()
            }
        },
        image=lambda: see("image", {"image": {"format": "png", "source": {"bytes": png}}}),
        pdf=lambda: see("pdf", {"document": {"format": "pdf", "name": "a", "source": {"bytes": pdf}}}),
        thinking=thinking,
        usage=usage,
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: text("retry"),
        failure=lambda: {"pieces": asyncio.run(pieces("failure"))},
        cut=lambda: {"pieces": asyncio.run(pieces("cut"))},
        truncation=truncation,
    )
