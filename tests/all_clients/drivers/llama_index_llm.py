"""Drive a model of LlamaIndex: every llama_index_*.py beside this makes them."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

import driving
from driving import prompt
from llama_index.core.base.llms.types import ThinkingBlock
from llama_index.core.llms import LLM, ChatMessage, DocumentBlock, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel


class City(BaseModel):
    """A city."""

    name: str
    population: int


def weather(city: str) -> str:
    """Return the weather."""
    return driving.TOOLS["weather"](city)


def clock(city: str) -> str:
    """Return the time."""
    return driving.TOOLS["clock"](city)


TOOLS = [FunctionTool.from_defaults(fn=each) for each in (weather, clock)]


def user(asked: str, *blocks: object) -> ChatMessage:
    """Return a message of the user."""
    return ChatMessage(role="user", blocks=[TextBlock(text=asked), *blocks])


def drive(
    make: Callable[..., LLM],
    limited: LLM,
    modes: Mapping[str, Mapping[str, object]],
    ended: Callable[[object], str],
) -> None:
    """Run the scenarios.

    :param make: makes the model, with the arguments that it gets
    :param limited: the model with the token limit
    :param modes: of structured output, and the arguments of the model that choose each
    :param ended: returns the reason of the end of what the model's client returned
    """
    model = make()

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": model.complete(prompt(scenario)).text}

    def stream(scenario: str = "stream") -> dict[str, object]:
        return {"pieces": [each.delta or "" for each in model.stream_complete(prompt(scenario))]}

    def tools() -> dict[str, object]:
        calling = make(is_function_calling_model=True)
        asked = user(prompt("tools"))
        answer = calling.chat_with_tools(TOOLS, chat_history=[asked], allow_parallel_tool_calls=True)
        calls = calling.get_tool_calls_from_response(answer)
        results = [
            ChatMessage(
                role="tool",
                content=driving.TOOLS[call.tool_name](**call.tool_kwargs),
                additional_kwargs={"tool_call_id": call.tool_id},
            )
            for call in calls
        ]
        again = calling.chat_with_tools(TOOLS, chat_history=[asked, answer.message, *results])
        told = [[call.tool_name, call.tool_kwargs] for call in calls]
        return {"calls": told, "text": again.message.content}

    def structured() -> dict[str, object]:
        told = {}
        for mode, settings in modes.items():
            said = driving.SAID if not settings else ""
            asked = make(**settings).as_structured_llm(City)
            told[mode] = asked.complete(f"{prompt('structured')} {said}").raw.model_dump()
        return {"modes": told}

    def see(scenario: str, block: object) -> dict[str, object]:
        return {"text": model.chat([user(prompt(scenario), block)]).message.content}

    def thinking() -> dict[str, object]:
        asked = user(prompt("thinking"))
        message = model.chat([asked]).message
        thought = "".join(each.content for each in message.blocks if isinstance(each, ThinkingBlock))
        again = model.chat([asked, message, user(prompt("thinking", "then"))]).message.content
        return {"thinking": thought, "text": again}

    def usage() -> dict[str, object]:
        told = model.complete(prompt("usage")).raw.usage
        if hasattr(told, "prompt_tokens"):
            return {"usage": [told.prompt_tokens, told.completion_tokens]}
        return {"usage": [told.input_tokens, told.output_tokens]}

    def end(asked: LLM, scenario: str) -> dict[str, object]:
        answer = asked.chat([user(prompt(scenario))])
        return {"finish": ended(answer.raw), "text": answer.message.content}

    png, pdf = (base64.b64decode(each) for each in (driving.PNG, driving.PDF))
    driving.run(
        text=text,
        stream=stream,
        tools=tools,
        structured=structured,
        image=lambda: see("image", ImageBlock(image=png, image_mimetype="image/png")),
        pdf=lambda: see("pdf", DocumentBlock(data=pdf, title="a", document_mimetype="application/pdf")),
        thinking=thinking,
        usage=usage,
        filtered=lambda: end(model, "filtered"),
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: text("retry"),
        failure=lambda: stream("failure"),
        cut=lambda: stream("cut"),
        truncation=lambda: end(limited, "truncation"),
    )
