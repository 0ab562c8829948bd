"""Drive a chat generator of Haystack: every haystack_*.py beside this gives it."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json

import driving
from driving import prompt
from haystack.core.component import Component
from haystack.dataclasses import ChatMessage, FileContent, ImageContent
from haystack.tools import Tool
from pydantic import BaseModel

TOOLS = [
    Tool(name=name, description=name, parameters=driving.CITY_TOOL, function=execute)
    for name, execute in driving.TOOLS.items()
]


class City(BaseModel):
    """A city."""

    name: str
    population: int


def drive(generator: Component, limit: str, form: str) -> None:
    """Run the scenarios.

    :param limit: the name of the token limit
    :param form: the name of the argument that a class of Pydantic is given for
    """
    user = ChatMessage.from_user

    def ask(*messages: ChatMessage, **more: object) -> ChatMessage:
        (reply,) = generator.run(list(messages), **more)["replies"]
        return reply

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": ask(user(prompt(scenario))).text}

    def stream(scenario: str = "stream") -> dict[str, object]:
        pieces = []
        ask(user(prompt(scenario)), streaming_callback=lambda chunk: pieces.append(chunk.content))
        return {"pieces": pieces}

    def tools() -> dict[str, object]:
        asked = user(prompt("tools"))
        answer = ask(asked, tools=TOOLS)
        results = [
            ChatMessage.from_tool(driving.TOOLS[call.tool_name](**call.arguments), origin=call)
            for call in answer.tool_calls
        ]
        calls = [[call.tool_name, call.arguments] for call in answer.tool_calls]
        return {"calls": calls, "text": ask(asked, answer, *results, tools=TOOLS).text}

    def structured() -> dict[str, object]:
        answer = ask(user(prompt("structured")), generation_kwargs={form: City})
        return {"modes": {form: json.loads(answer.text)}}

    def see(scenario: str, part: object) -> dict[str, object]:
        return {"text": ask(ChatMessage.from_user(content_parts=[prompt(scenario), part])).text}

    def thinking() -> dict[str, object]:
        asked = user(prompt("thinking"))
        answer = ask(asked)
        again = ask(asked, answer, user(prompt("thinking", "then"))).text
        return {"thinking": answer.reasoning.reasoning_text, "text": again}

    def usage() -> dict[str, object]:
        told = ask(user(prompt("usage"))).meta["usage"]
        if "prompt_tokens" in told:
            return {"usage": [told["prompt_tokens"], told["completion_tokens"]]}
        return {"usage": [told["input_tokens"], told["output_tokens"]]}

    def ended(scenario: str, **more: object) -> dict[str, object]:
        answer = ask(user(prompt(scenario)), **more)
        return {"finish": answer.meta["finish_reason"], "text": answer.text}

    driving.run(
        text=text,
        stream=stream,
        tools=tools,
        structured=structured,
        image=lambda: see("image", ImageContent(driving.PNG, "image/png")),
        pdf=lambda: see("pdf", FileContent(driving.PDF, "application/pdf", "a.pdf")),
        thinking=thinking,
        usage=usage,
        filtered=lambda: ended("filtered"),
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: text("retry"),
        failure=lambda: stream("failure"),
        cut=lambda: stream("cut"),
        truncation=lambda: ended("truncation", generation_kwargs={limit: driving.LIMIT}),
    )
