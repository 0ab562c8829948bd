"""Drive a chat model of LangChain: every langchain_*.py beside this makes one."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import driving
from driving import prompt
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel


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


TOOLS = {each.name: each for each in (weather, clock)}


def drive(
    model: BaseChatModel,
    limited: BaseChatModel,
    modes: tuple[str, ...],
    files: dict[str, object],
    **more: object,
) -> None:
    """Run the scenarios.

    :param limited: the model with the token limit
    :param modes: the methods of structured output
    :param files: content blocks by scenario
    """

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": model.invoke(prompt(scenario)).text}

    def stream(scenario: str = "stream") -> dict[str, object]:
        return {"pieces": [chunk.text for chunk in model.stream(prompt(scenario))]}

    def tools() -> dict[str, object]:
        bound = model.bind_tools(list(TOOLS.values()))
        asked = HumanMessage(prompt("tools"))
        answer = bound.invoke([asked])
        results = [
            ToolMessage(TOOLS[call["name"]].invoke(call["args"]), tool_call_id=call["id"])
            for call in answer.tool_calls
        ]
        again = bound.invoke([asked, answer, *results]).text
        return {"calls": [[call["name"], call["args"]] for call in answer.tool_calls], "text": again}

    def structured() -> dict[str, object]:
        told = {}
        for mode in modes:
            asked = model.with_structured_output(City, method=mode)
            said = f"{driving.SAID} JSON" if mode in ("json_mode", "prompt_prefill") else ""
            told[mode] = asked.invoke(f"{prompt('structured')} {said}").model_dump()
        return {"modes": told}

    def see(scenario: str) -> dict[str, object]:
        content = [{"type": "text", "text": prompt(scenario)}, files[scenario]]
        return {"text": model.invoke([HumanMessage(content)]).text}

    def thinking() -> dict[str, object]:
        asked = HumanMessage(prompt("thinking"))
        answer = model.invoke([asked])
        (thought, *_) = [each["reasoning"] for each in answer.content_blocks if each["type"] == "reasoning"]
        again = model.invoke([asked, answer, HumanMessage(prompt("thinking", "then"))]).text
        return {"thinking": thought, "text": again}

    def usage() -> dict[str, object]:
        told = model.invoke(prompt("usage")).usage_metadata
        return {"usage": [told["input_tokens"], told["output_tokens"]]}

    def ended(asked: BaseChatModel, scenario: str) -> dict[str, object]:
        answer = asked.invoke(prompt(scenario))
        told = answer.response_metadata
        why = told.get("finish_reason") or told.get("stop_reason") or told.get("stopReason")
        if cut := told.get("incomplete_details"):
            why = f"incomplete: {cut['reason']}"
        return {"finish": why, "text": answer.text}

    scenarios = {
        "text": text,
        "stream": stream,
        "tools": tools,
        "structured": structured,
        "image": lambda: see("image"),
        "pdf": lambda: see("pdf"),
        "thinking": thinking,
        "usage": usage,
        "filtered": lambda: ended(model, "filtered"),
        "refused": lambda: text("refused"),
        "throttled": lambda: text("throttled"),
        "retry": lambda: text("retry"),
        "failure": lambda: stream("failure"),
        "cut": lambda: stream("cut"),
        "truncation": lambda: ended(limited, "truncation"),
    }
    driving.run(**scenarios)
