"""Drive LiteLLM with one of its providers: every litellm_*.py beside this names one."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json

import driving
import litellm
from driving import MODEL, prompt
from pydantic import BaseModel

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


def drive(provider: str, **settings: object) -> None:
    """Run the scenarios.

    :param provider: the first part of the model's name
    """

    def ask(scenario: str, **more: object) -> litellm.ModelResponse:
        asked = {"model": f"{provider}/{MODEL}", "messages": [user(prompt(scenario))], **settings, **more}
        return litellm.completion(**asked)

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": ask(scenario).choices[0].message.content}

    def stream(scenario: str = "stream") -> dict[str, object]:
        chunks = ask(scenario, stream=True)
        return {"pieces": [each.choices[0].delta.content or "" for each in chunks if each.choices]}

    def tools() -> dict[str, object]:
        message = ask("tools", tools=TOOLS).choices[0].message
        said, calls = [user(prompt("tools")), message], []
        for call in message.tool_calls:
            name, given = call.function.name, json.loads(call.function.arguments)
            calls.append([name, given])
            said.append({"role": "tool", "tool_call_id": call.id, "content": driving.TOOLS[name](**given)})
        return {"calls": calls, "text": ask("tools", messages=said, tools=TOOLS).choices[0].message.content}

    def structured() -> dict[str, object]:
        by_class = ask("structured", response_format=City).choices[0].message.content
        by_tool = ask(
            "structured",
            tools=[{"type": "function", "function": {"name": "city", "parameters": driving.CITY}}],
            tool_choice={"type": "function", "function": {"name": "city"}},
        )
        (call,) = by_tool.choices[0].message.tool_calls
        schema = {"name": "city", "schema": driving.CITY, "strict": True}
        by_schema = ask("structured", response_format={"type": "json_schema", "json_schema": schema})
        in_words = [user(f"Write JSON. {driving.SAID} {driving.NAME}")]
        by_name = ask("structured", messages=in_words, response_format={"type": "json_object"})
        return {
            "modes": {
                "response_format of a class": json.loads(by_class),
                "json_schema": json.loads(by_schema.choices[0].message.content),
                "json_object": json.loads(by_name.choices[0].message.content),
                "a forced tool": json.loads(call.function.arguments),
            }
        }

    def see(scenario: str, part: dict[str, object]) -> dict[str, object]:
        messages = [user([{"type": "text", "text": prompt(scenario)}, part])]
        return {"text": ask(scenario, messages=messages).choices[0].message.content}

    def thinking() -> dict[str, object]:
        message = ask("thinking").choices[0].message
        said = [user(prompt("thinking")), message, user(prompt("thinking", "then"))]
        again = ask("thinking", messages=said).choices[0].message.content
        return {"thinking": message.reasoning_content, "text": again}

    def usage() -> dict[str, object]:
        *_, last = ask("usage", stream=True, stream_options={"include_usage": True})
        return {"usage": [last.usage.prompt_tokens, last.usage.completion_tokens]}

    def ended(scenario: str, **more: object) -> dict[str, object]:
        choice = ask(scenario, **more).choices[0]
        return {"finish": choice.finish_reason, "text": choice.message.content}

    pdf = f"data:application/pdf;base64,{driving.PDF}"
    png = f"data:image/png;base64,{driving.PNG}"
    driving.run(
        text=text,
        stream=stream,
        tools=tools,
        structured=structured,
        image=lambda: see("image", {"type": "image_url", "image_url": {"url": png}}),
        pdf=lambda: see("pdf", {"type": "file", "file": {"filename": "a.pdf", "file_data": pdf}}),
        thinking=thinking,
        usage=usage,
        filtered=lambda: ended("filtered"),
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: {"text": ask("retry", num_retries=2).choices[0].message.content},
        failure=lambda: stream("failure"),
        cut=lambda: stream("cut"),
        truncation=lambda: ended("truncation", max_tokens=driving.LIMIT),
    )
