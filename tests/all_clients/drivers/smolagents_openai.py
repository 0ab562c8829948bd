# /// client
# title = "smolagents, OpenAIModel"
# package = "smolagents"
# environments = ["smolagents"]
# [without]
# pdf = "the client sends no files but images"
# thinking = "the client reads no reasoning"
# ///
"""Drive the model of smolagents for OpenAI's API, as its agents do."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import base64
import io
import json
import time
from types import SimpleNamespace

import driving
from driving import MODEL, prompt
from PIL import Image
from smolagents import ChatMessage, MessageRole, OpenAIModel, tool, utils
from smolagents.memory import ActionStep, ToolCall
from smolagents.monitoring import Timing

#: It waits 6 to 20 minutes before it gives up; its clock runs faster here.
FASTER = 100
utils.time = SimpleNamespace(time=time.time, sleep=lambda seconds: time.sleep(seconds / FASTER))
CLIENT = OpenAIModel(MODEL, api_base=f"{driving.URL}/v1", api_key="key")


@tool
def weather(city: str) -> str:
    """Return the weather.

    Args:
        city: of the weather
    """
    return driving.TOOLS["weather"](city)


@tool
def clock(city: str) -> str:
    """Return the time.

    Args:
        city: of the time
    """
    return driving.TOOLS["clock"](city)


def user(asked: str, *parts: object) -> ChatMessage:
    """Return a message of the user."""
    return ChatMessage(MessageRole.USER, [{"type": "text", "text": asked}, *parts])


def text(scenario: str = "text") -> dict[str, object]:
    """Ask for text."""
    return {"text": CLIENT.generate([user(prompt(scenario))]).content}


def stream(scenario: str = "stream") -> dict[str, object]:
    """Ask for a stream."""
    return {"pieces": [each.content or "" for each in CLIENT.generate_stream([user(prompt(scenario))])]}


def tools() -> dict[str, object]:
    """Call both tools, and send their results as an agent does: as text, its last request without tools."""
    asked = user(prompt("tools"))
    called = CLIENT.generate([asked], tools_to_call_from=[weather, clock]).tool_calls
    calls = [[call.function.name, json.loads(call.function.arguments)] for call in called]
    results = [driving.TOOLS[name](**given) for name, given in calls]
    step = ActionStep(
        1,
        Timing(0),
        tool_calls=[
            ToolCall(name, given, call.id) for (name, given), call in zip(calls, called, strict=True)
        ],
        observations="\n".join(results),
    )
    return {"calls": calls, "text": CLIENT.generate([asked, *step.to_messages()]).content}


def structured() -> dict[str, object]:
    """Ask for an object."""
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": driving.CITY, "strict": True}}
    answer = CLIENT.generate([user(prompt("structured"))], response_format=form)
    return {"modes": {"response_format": json.loads(answer.content)}}


def image() -> dict[str, object]:
    """Ask about an image, which the client writes anew."""
    picture = Image.open(io.BytesIO(base64.b64decode(driving.PNG)))
    written = io.BytesIO()
    picture.save(written, "PNG")
    told = CLIENT.generate([user(prompt("image"), {"type": "image", "image": picture})]).content
    return {"text": told.replace(f" {len(written.getvalue())} ", f" {len(base64.b64decode(driving.PNG))} ")}


def usage() -> dict[str, object]:
    """Count the tokens."""
    told = CLIENT.generate([user(prompt("usage"))]).token_usage
    return {"usage": [told.input_tokens, told.output_tokens]}


def ended(scenario: str, **more: object) -> dict[str, object]:
    """Ask for what ends otherwise."""
    answer = CLIENT.generate([user(prompt(scenario))], **more)
    return {"finish": answer.raw.choices[0].finish_reason, "text": answer.content}


driving.run(
    text=text,
    stream=stream,
    tools=tools,
    structured=structured,
    image=image,
    usage=usage,
    filtered=lambda: ended("filtered"),
    refused=lambda: text("refused"),
    throttled=lambda: text("throttled"),
    retry=lambda: text("retry"),
    failure=lambda: stream("failure"),
    cut=lambda: stream("cut"),
    truncation=lambda: ended("truncation", max_completion_tokens=driving.LIMIT),
)
