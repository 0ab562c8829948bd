# /// client
# title = "openai for Python, Chat Completions"
# package = "openai"
# environments = ["openai-1", "openai-2", "openai-3"]
# ///
"""Drive OpenAI's Python client at Chat Completions."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json

import driving
import openai
from driving import MODEL, prompt
from pydantic import BaseModel

CLIENT = openai.OpenAI(base_url=f"{driving.URL}/v1", api_key="key")
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": driving.CITY_TOOL}}
    for name in driving.TOOLS
]


class City(BaseModel):
    """A city."""

    name: str
    population: int


def user(content: object) -> dict[str, object]:
    """Return a message of the user."""
    return {"role": "user", "content": content}


def ask(scenario: str, **more: object) -> openai.types.chat.ChatCompletion:
    """Return the answer to a scenario's prompt."""
    asked = {"model": MODEL, "messages": [user(prompt(scenario))], **more}
    return CLIENT.chat.completions.create(**asked)


def text(scenario: str = "text") -> dict[str, object]:
    """Ask for text."""
    return {"text": ask(scenario).choices[0].message.content}


def stream(scenario: str = "stream") -> dict[str, object]:
    """Ask for a stream."""
    chunks = ask(scenario, stream=True)
    return {"pieces": [each.choices[0].delta.content or "" for each in chunks if each.choices]}


def tools() -> dict[str, object]:
    """Call both tools, and send their results."""
    message = ask("tools", tools=TOOLS).choices[0].message
    said = [user(prompt("tools")), message]
    calls = []
    for call in message.tool_calls:
        name, given = call.function.name, json.loads(call.function.arguments)
        calls.append([name, given])
        said.append({"role": "tool", "tool_call_id": call.id, "content": driving.TOOLS[name](**given)})
    return {"calls": calls, "text": ask("tools", messages=said, tools=TOOLS).choices[0].message.content}


def structured() -> dict[str, object]:
    """Ask for an object in each way."""
    schema = {"name": "city", "schema": driving.CITY, "strict": True}
    parsed = CLIENT.chat.completions.parse if hasattr(CLIENT.chat.completions, "parse") else None
    parsed = parsed or CLIENT.beta.chat.completions.parse
    messages = [user(prompt("structured"))]
    by_class = parsed(model=MODEL, messages=messages, response_format=City)
    by_schema = ask("structured", response_format={"type": "json_schema", "json_schema": schema})
    by_tool = ask(
        "structured",
        tools=[{"type": "function", "function": {"name": "city", "parameters": driving.CITY}}],
        tool_choice={"type": "function", "function": {"name": "city"}},
    )
    (call,) = by_tool.choices[0].message.tool_calls
    said = f"Write JSON. {driving.SAID} {driving.NAME}"
    by_name = ask("structured", messages=[user(said)], response_format={"type": "json_object"})
    return {
        "modes": {
            "parse": by_class.choices[0].message.parsed.model_dump(),
            "json_schema": json.loads(by_schema.choices[0].message.content),
            "a forced tool": json.loads(call.function.arguments),
            "json_object": json.loads(by_name.choices[0].message.content),
        }
    }


def see(scenario: str, part: dict[str, object]) -> dict[str, object]:
    """Ask about a file."""
    messages = [user([{"type": "text", "text": prompt(scenario)}, part])]
    return {"text": ask(scenario, messages=messages).choices[0].message.content}


def image() -> dict[str, object]:
    """Ask about an image."""
    url = f"data:image/png;base64,{driving.PNG}"
    return see("image", {"type": "image_url", "image_url": {"url": url}})


def pdf() -> dict[str, object]:
    """Ask about a PDF."""
    data = f"data:application/pdf;base64,{driving.PDF}"
    return see("pdf", {"type": "file", "file": {"filename": "a.pdf", "file_data": data}})


def thinking() -> dict[str, object]:
    """Send the message with the model's thinking back, as it came."""
    message = ask("thinking").choices[0].message
    said = [user(prompt("thinking")), message.model_dump(exclude_none=True), user(prompt("thinking", "then"))]
    again = ask("thinking", messages=said).choices[0].message.content
    return {"thinking": message.reasoning_content, "text": again}


def usage() -> dict[str, object]:
    """Count the tokens of a stream."""
    *_, last = ask("usage", stream=True, stream_options={"include_usage": True})
    return {"usage": [last.usage.prompt_tokens, last.usage.completion_tokens]}


def filtered() -> dict[str, object]:
    """Ask for what the model refuses."""
    return {"finish": ask("filtered").choices[0].finish_reason}


def truncation() -> dict[str, object]:
    """Ask for more than the limit."""
    choice = ask("truncation", max_completion_tokens=driving.LIMIT).choices[0]
    return {"finish": choice.finish_reason, "text": choice.message.content}


driving.run(
    text=text,
    stream=stream,
    tools=tools,
    structured=structured,
    image=image,
    pdf=pdf,
    thinking=thinking,
    usage=usage,
    filtered=filtered,
    refused=lambda: text("refused"),
    throttled=lambda: text("throttled"),
    retry=lambda: text("retry"),
    failure=lambda: stream("failure"),
    cut=lambda: stream("cut"),
    truncation=truncation,
)
