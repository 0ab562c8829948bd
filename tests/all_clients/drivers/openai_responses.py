# /// client
# title = "openai for Python, Responses"
# package = "openai"
# environments = ["openai-1", "openai-2", "openai-3"]
# ///
"""Drive OpenAI's Python client at Responses."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json

import driving
import openai
from driving import MODEL, prompt
from pydantic import BaseModel

CLIENT = openai.OpenAI(base_url=f"{driving.URL}/v1", api_key="key")
TOOLS = [{"type": "function", "name": name, "parameters": driving.CITY_TOOL} for name in driving.TOOLS]


class City(BaseModel):
    """A city."""

    name: str
    population: int


def ask(scenario: str, **more: object) -> openai.types.responses.Response:
    """Return the answer to a scenario's prompt."""
    return CLIENT.responses.create(**{"model": MODEL, "input": prompt(scenario), **more})


def stream(scenario: str = "stream") -> dict[str, object]:
    """Ask for a stream."""
    events = ask(scenario, stream=True)
    return {"pieces": [each.delta for each in events if each.type == "response.output_text.delta"]}


def user(content: object) -> dict[str, object]:
    """Return a message of the user."""
    return {"role": "user", "content": content}


def tools() -> dict[str, object]:
    """Call both tools, and send their results."""
    answer = ask("tools", tools=TOOLS)
    said, calls = [user(prompt("tools")), *answer.output], []
    for item in answer.output:
        if item.type == "function_call":
            given = json.loads(item.arguments)
            calls.append([item.name, given])
            output = driving.TOOLS[item.name](**given)
            said.append({"type": "function_call_output", "call_id": item.call_id, "output": output})
    return {"calls": calls, "text": ask("tools", input=said, tools=TOOLS).output_text}


def structured() -> dict[str, object]:
    """Ask for an object in each way."""
    asked = {"model": MODEL, "input": prompt("structured")}
    by_class = CLIENT.responses.parse(**asked, text_format=City).output_parsed
    form = {"type": "json_schema", "name": "city", "schema": driving.CITY, "strict": True}
    by_schema = ask("structured", text={"format": form}).output_text
    tool = {"type": "function", "name": "city", "parameters": driving.CITY}
    by_tool = ask("structured", tools=[tool], tool_choice={"type": "function", "name": "city"})
    (call,) = (item for item in by_tool.output if item.type == "function_call")
    in_words = f"Write JSON. {driving.SAID} {driving.NAME}"
    by_name = ask("structured", input=in_words, text={"format": {"type": "json_object"}}).output_text
    return {
        "modes": {
            "parse": by_class.model_dump(),
            "json_schema": json.loads(by_schema),
            "a forced tool": json.loads(call.arguments),
            "json_object": json.loads(by_name),
        }
    }


def see(scenario: str, part: dict[str, object]) -> dict[str, object]:
    """Ask about a file."""
    content = [{"type": "input_text", "text": prompt(scenario)}, part]
    return {"text": ask(scenario, input=[user(content)]).output_text}


def thinking() -> dict[str, object]:
    """Send the reasoning back, as it came."""
    answer = ask("thinking")
    said = [user(prompt("thinking")), *answer.output, user(prompt("thinking", "then"))]
    thoughts = [part.text for item in answer.output if item.type == "reasoning" for part in item.summary]
    return {"thinking": "".join(thoughts), "text": ask("thinking", input=said).output_text}


def usage() -> dict[str, object]:
    """Count the tokens of a stream."""
    *_, last = ask("usage", stream=True)
    return {"usage": [last.response.usage.input_tokens, last.response.usage.output_tokens]}


def ended(scenario: str, **more: object) -> dict[str, object]:
    """Tell how an answer ended."""
    answer = ask(scenario, **more)
    return {"finish": f"{answer.status}: {answer.incomplete_details.reason}", "text": answer.output_text}


def text(scenario: str = "text") -> dict[str, object]:
    """Ask for text."""
    return {"text": ask(scenario).output_text}


driving.run(
    text=text,
    stream=stream,
    tools=tools,
    structured=structured,
    image=lambda: see("image", {"type": "input_image", "image_url": f"data:image/png;base64,{driving.PNG}"}),
    pdf=lambda: see(
        "pdf",
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": f"data:application/pdf;base64,{driving.PDF}",
        },
    ),
    thinking=thinking,
    usage=usage,
    filtered=lambda: ended("filtered"),
    refused=lambda: text("refused"),
    throttled=lambda: text("throttled"),
    retry=lambda: text("retry"),
    failure=lambda: stream("failure"),
    cut=lambda: stream("cut"),
    truncation=lambda: ended("truncation", max_output_tokens=driving.LIMIT),
)
