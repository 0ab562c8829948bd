# /// client
# title = "anthropic for Python, Messages"
# package = "anthropic"
# environments = ["anthropic-0", "anthropic-1", "anthropic-2"]
# function = "claude"
# ///
"""Drive Anthropic's Python client at Messages, which the relay passes on to Claude as they are."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json

import anthropic
import driving
from driving import MODEL, prompt
from pydantic import BaseModel

CLIENT = anthropic.Anthropic(base_url=driving.URL, api_key="key")
TOOLS = [{"name": name, "input_schema": driving.CITY_TOOL} for name in driving.TOOLS]


class City(BaseModel):
    """A city."""

    name: str
    population: int


def user(content: object) -> dict[str, object]:
    """Return a message of the user."""
    return {"role": "user", "content": content}


def ask(scenario: str, **more: object) -> anthropic.types.Message:
    """Return the answer to a scenario's prompt."""
    asked = {"model": MODEL, "max_tokens": 2000, "messages": [user(prompt(scenario))], **more}
    return CLIENT.messages.create(**asked)


def said(answer: anthropic.types.Message) -> str:
    """Return the text of an answer."""
    return "".join(block.text for block in answer.content if block.type == "text")


def text(scenario: str = "text") -> dict[str, object]:
    """Ask for text."""
    return {"text": said(ask(scenario))}


def stream(scenario: str = "stream") -> dict[str, object]:
    """Ask for a stream."""
    with CLIENT.messages.stream(model=MODEL, max_tokens=2000, messages=[user(prompt(scenario))]) as answer:
        return {"pieces": list(answer.text_stream)}


def tools() -> dict[str, object]:
    """Call both tools, and send their results."""
    answer = ask("tools", tools=TOOLS)
    calls = [block for block in answer.content if block.type == "tool_use"]
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": driving.TOOLS[call.name](**call.input)}
        for call in calls
    ]
    history = [user(prompt("tools")), {"role": "assistant", "content": answer.content}, user(results)]
    again = ask("tools", messages=history, tools=TOOLS)
    return {"calls": [[call.name, call.input] for call in calls], "text": said(again)}


def structured() -> dict[str, object]:
    """Ask for an object in each way."""
    tool = {"name": "city", "input_schema": driving.CITY}
    answer = ask("structured", tools=[tool], tool_choice={"type": "tool", "name": "city"})
    (call,) = (block for block in answer.content if block.type == "tool_use")
    modes = {"a forced tool": call.input}
    form = {"type": "json_schema", "schema": driving.CITY}
    modes["output_config"] = json.loads(said(ask("structured", output_config={"format": form})))
    asked = {"model": MODEL, "max_tokens": 2000, "messages": [user(prompt("structured"))]}
    if hasattr(CLIENT.messages, "parse"):
        modes["parse"] = CLIENT.messages.parse(**asked, output_format=City).parsed_output.model_dump()
    by_class = CLIENT.beta.messages.parse(**asked, output_format=City).parsed_output
    modes["beta.parse"] = by_class.model_dump()
    return {"modes": modes}


def see(scenario: str, kind: str, media_type: str, data: str) -> dict[str, object]:
    """Ask about a file."""
    source = {"type": "base64", "media_type": media_type, "data": data}
    content = [{"type": kind, "source": source}, {"type": "text", "text": prompt(scenario)}]
    return {"text": said(ask(scenario, messages=[user(content)]))}


def thinking() -> dict[str, object]:
    """Send the thinking back, as it came."""
    enabled = {"type": "enabled", "budget_tokens": 1024}
    answer = ask("thinking", thinking=enabled)
    history = [user(prompt("thinking")), {"role": "assistant", "content": answer.content}]
    history.append(user(prompt("thinking", "then")))
    again = ask("thinking", messages=history, thinking=enabled)
    return {"thinking": answer.content[0].thinking, "text": said(again)}


def usage() -> dict[str, object]:
    """Count the tokens of a stream."""
    with CLIENT.messages.stream(model=MODEL, max_tokens=2000, messages=[user(prompt("usage"))]) as answer:
        told = answer.get_final_message().usage
    return {"usage": [told.input_tokens, told.output_tokens]}


def truncation() -> dict[str, object]:
    """Ask for more than the limit."""
    answer = ask("truncation", max_tokens=driving.LIMIT)
    return {"finish": answer.stop_reason, "text": said(answer)}


driving.run(
    text=text,
    stream=stream,
    tools=tools,
    structured=structured,
    image=lambda: see("image", "image", "image/png", driving.PNG),
    pdf=lambda: see("pdf", "document", "application/pdf", driving.PDF),
    thinking=thinking,
    usage=usage,
    filtered=lambda: {"finish": ask("filtered").stop_reason},
    refused=lambda: text("refused"),
    throttled=lambda: text("throttled"),
    retry=lambda: text("retry"),
    failure=lambda: stream("failure"),
    cut=lambda: stream("cut"),
    truncation=truncation,
)
