"""Drive an agent of Pydantic AI: every pydantic_ai_*.py beside this gives the model."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import base64

import driving
from driving import prompt
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.messages import ThinkingPart, ToolCallPart
from pydantic_ai.models import Model


class City(BaseModel):
    """A city."""

    name: str
    population: int


MODES = {"ToolOutput": ToolOutput, "NativeOutput": NativeOutput, "PromptedOutput": PromptedOutput}


def drive(model: Model, lacks: dict[str, str] | None = None) -> None:
    """Run the scenarios.

    :param lacks: mode of structured output -> why the client does not have it
    """
    agent, lacks = Agent(model), lacks or {}

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": agent.run_sync(prompt(scenario)).output}

    def stream(scenario: str = "stream") -> dict[str, object]:
        answer = agent.run_stream_sync(prompt(scenario))
        return {"pieces": list(answer.stream_text(delta=True, debounce_by=None))}

    def tools() -> dict[str, object]:
        def weather(city: str) -> str:
            return driving.TOOLS["weather"](city)

        def clock(city: str) -> str:
            return driving.TOOLS["clock"](city)

        answer = Agent(model, tools=[weather, clock]).run_sync(prompt("tools"))
        parts = [part for message in answer.all_messages() for part in message.parts]
        calls = [[part.tool_name, part.args_as_dict()] for part in parts if isinstance(part, ToolCallPart)]
        return {"calls": calls, "text": answer.output}

    def structured() -> dict[str, object]:
        told = {}
        for mode in MODES.keys() - lacks:
            said = driving.SAID if mode == "PromptedOutput" else ""
            asked = f"{prompt('structured')} {said}"
            told[mode] = Agent(model, output_type=MODES[mode](City)).run_sync(asked).output.model_dump()
        return {"modes": {mode: told[mode] for mode in MODES if mode in told}, "lacks": lacks}

    def see(scenario: str, data: str, media_type: str) -> dict[str, object]:
        file = BinaryContent(base64.b64decode(data), media_type=media_type)
        return {"text": agent.run_sync([prompt(scenario), file]).output}

    def thinking() -> dict[str, object]:
        answer = agent.run_sync(prompt("thinking"))
        parts = [part for message in answer.all_messages() for part in message.parts]
        thought = "".join(part.content for part in parts if isinstance(part, ThinkingPart))
        again = agent.run_sync(prompt("thinking", "then"), message_history=answer.all_messages())
        return {"thinking": thought, "text": again.output}

    def usage() -> dict[str, object]:
        told = agent.run_sync(prompt("usage")).usage
        told = told() if callable(told) else told
        return {"usage": [told.input_tokens, told.output_tokens]}

    def ended(scenario: str, **more: object) -> dict[str, object]:
        answer = agent.run_sync(prompt(scenario), **more)
        return {"finish": answer.all_messages()[-1].finish_reason, "text": answer.output}

    driving.run(
        text=text,
        stream=stream,
        tools=tools,
        structured=structured,
        image=lambda: see("image", driving.PNG, "image/png"),
        pdf=lambda: see("pdf", driving.PDF, "application/pdf"),
        thinking=thinking,
        usage=usage,
        filtered=lambda: ended("filtered"),
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: text("retry"),
        failure=lambda: stream("failure"),
        cut=lambda: stream("cut"),
        truncation=lambda: ended("truncation", model_settings={"max_tokens": driving.LIMIT}),
    )
