"""Drive an agent of OpenAI's agents for Python: every openai_agents_*.py beside this gives the model."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import asyncio
import json

import driving
from agents import Agent, Model, Runner, function_tool, set_tracing_disabled
from driving import prompt
from pydantic import BaseModel

set_tracing_disabled(True)


class City(BaseModel):
    """A city."""

    name: str
    population: int


@function_tool
def weather(city: str) -> str:
    """Return the weather."""
    return driving.TOOLS["weather"](city)


@function_tool
def clock(city: str) -> str:
    """Return the time."""
    return driving.TOOLS["clock"](city)


def drive(model: Model) -> None:
    """Run the scenarios."""
    # one loop for all, because the connections of the client belong to it
    loop = asyncio.new_event_loop()

    def run(asked: object, **settings: object) -> object:
        agent = Agent(name="agent", model=model, **settings)
        return loop.run_until_complete(Runner.run(agent, asked))

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": run(prompt(scenario)).final_output}

    async def pieces(scenario: str) -> list[str]:
        answer = Runner.run_streamed(Agent(name="agent", model=model), prompt(scenario))
        events = [each.data async for each in answer.stream_events() if each.type == "raw_response_event"]
        return [each.delta for each in events if each.type == "response.output_text.delta"]

    def stream(scenario: str = "stream") -> dict[str, object]:
        return {"pieces": loop.run_until_complete(pieces(scenario))}

    def tools() -> dict[str, object]:
        answer = run(prompt("tools"), tools=[weather, clock])
        items = [each.raw_item for each in answer.new_items if each.type == "tool_call_item"]
        calls = [[each.name, json.loads(each.arguments)] for each in items]
        return {"calls": calls, "text": answer.final_output}

    def see(scenario: str, part: dict[str, object]) -> dict[str, object]:
        content = [{"type": "input_text", "text": prompt(scenario)}, part]
        return {"text": run([{"role": "user", "content": content}]).final_output}

    def thinking() -> dict[str, object]:
        answer = run(prompt("thinking"))
        items = [each.raw_item for each in answer.new_items if each.type == "reasoning_item"]
        thought = "".join(part.text for each in items for part in each.summary)
        said = [*answer.to_input_list(), {"role": "user", "content": prompt("thinking", "then")}]
        return {"thinking": thought, "text": run(said).final_output}

    def usage() -> dict[str, object]:
        told = run(prompt("usage")).context_wrapper.usage
        return {"usage": [told.input_tokens, told.output_tokens]}

    png, pdf = f"data:image/png;base64,{driving.PNG}", f"data:application/pdf;base64,{driving.PDF}"
    driving.run(
        text=text,
        stream=stream,
        tools=tools,
        structured=lambda: {
            "modes": {"output_type": run(prompt("structured"), output_type=City).final_output.model_dump()}
        },
        image=lambda: see("image", {"type": "input_image", "image_url": png}),
        pdf=lambda: see("pdf", {"type": "input_file", "filename": "a.pdf", "file_data": pdf}),
        thinking=thinking,
        usage=usage,
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: text("retry"),
        failure=lambda: stream("failure"),
        cut=lambda: stream("cut"),
    )
