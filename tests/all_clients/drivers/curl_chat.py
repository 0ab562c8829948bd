# /// client
# title = "curl, Chat Completions"
# package = "curl"
# environments = ["curl"]
# ///
"""Drive curl at Chat Completions; what it prints is read as JSON and as server-sent events."""

# mypy: ignore-errors
# It runs with the standard library.

from __future__ import annotations

import json
import subprocess

import driving
from driving import MODEL, prompt

URL = f"{driving.URL}/v1/chat/completions"


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status


def user(content: object) -> dict[str, object]:
    """Return a message of the user."""
    return {"role": "user", "content": content}


def curl(scenario: str, *options: str, **more: object) -> str:
    """Return what curl prints.

    :raises Refused: when the status is not 200
    """
    body = {"model": MODEL, "messages": [user(prompt(scenario))], **more}
    command = ["curl", "-sS", "-N", "-w", "\n%{http_code}", "-H", "content-type: application/json"]
    done = subprocess.run(
        [*command, *options, "--data-binary", "@-", URL],
        input=json.dumps(body),
        capture_output=True,
        text=True,
    )
    answer, _, status = done.stdout.rpartition("\n")
    if status != "200":
        raise Refused(int(status), answer + done.stderr)
    return answer


def ask(scenario: str, *options: str, **more: object) -> dict[str, object]:
    """Return the first choice of an answer."""
    return json.loads(curl(scenario, *options, **more))["choices"][0]


def text(scenario: str = "text", *options: str) -> dict[str, object]:
    """Ask for text."""
    return {"text": ask(scenario, *options)["message"]["content"]}


def chunks(scenario: str, **more: object) -> list[dict[str, object]]:
    """Return the chunks of a stream.

    :raises Refused: when one of them is an error
    """
    lines = curl(scenario, stream=True, **more).splitlines()
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    told = [json.loads(each) for each in data if each != "[DONE]"]
    for each in told:
        if "error" in each:
            raise Refused(200, each["error"]["message"])
    return told


def stream(scenario: str = "stream") -> dict[str, object]:
    """Ask for a stream."""
    return {"pieces": [each["choices"][0]["delta"].get("content") or "" for each in chunks(scenario)]}


def function(name: str, parameters: object) -> dict[str, object]:
    """Return a tool."""
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def tools() -> dict[str, object]:
    """Call both tools, and send their results."""
    given = [function(name, driving.CITY_TOOL) for name in driving.TOOLS]
    message = ask("tools", tools=given)["message"]
    said, calls = [user(prompt("tools")), message], []
    for call in message["tool_calls"]:
        name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
        calls.append([name, arguments])
        said.append({"role": "tool", "tool_call_id": call["id"], "content": driving.TOOLS[name](**arguments)})
    return {"calls": calls, "text": ask("tools", messages=said, tools=given)["message"]["content"]}


def structured() -> dict[str, object]:
    """Ask for an object in each way."""
    schema = {"name": "city", "schema": driving.CITY, "strict": True}
    by_schema = ask("structured", response_format={"type": "json_schema", "json_schema": schema})
    forced = {"type": "function", "function": {"name": "city"}}
    by_tool = ask("structured", tools=[function("city", driving.CITY)], tool_choice=forced)
    in_words = [{"role": "user", "content": f"Write JSON. {driving.SAID} {driving.NAME}"}]
    by_name = ask("structured", messages=in_words, response_format={"type": "json_object"})
    return {
        "modes": {
            "json_object": json.loads(by_name["message"]["content"]),
            "json_schema": json.loads(by_schema["message"]["content"]),
            "a forced tool": json.loads(by_tool["message"]["tool_calls"][0]["function"]["arguments"]),
        }
    }


def see(scenario: str, part: dict[str, object]) -> dict[str, object]:
    """Ask about a file."""
    messages = [user([{"type": "text", "text": prompt(scenario)}, part])]
    return {"text": ask(scenario, messages=messages)["message"]["content"]}


def thinking() -> dict[str, object]:
    """Send the message with the model's thinking back, as it came."""
    message = ask("thinking")["message"]
    said = [user(prompt("thinking")), message, user(prompt("thinking", "then"))]
    again = ask("thinking", messages=said)["message"]["content"]
    return {"thinking": message["reasoning_content"], "text": again}


def usage() -> dict[str, object]:
    """Count the tokens of a stream."""
    told = chunks("usage", stream_options={"include_usage": True})[-1]["usage"]
    return {"usage": [told["prompt_tokens"], told["completion_tokens"]]}


def ended(scenario: str, **more: object) -> dict[str, object]:
    """Ask for an answer that has another end."""
    choice = ask(scenario, **more)
    return {"finish": choice["finish_reason"], "text": choice["message"]["content"]}


PNG, PDF = f"data:image/png;base64,{driving.PNG}", f"data:application/pdf;base64,{driving.PDF}"
driving.run(
    text=text,
    stream=stream,
    tools=tools,
    structured=structured,
    image=lambda: see("image", {"type": "image_url", "image_url": {"url": PNG}}),
    pdf=lambda: see("pdf", {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}}),
    thinking=thinking,
    usage=usage,
    filtered=lambda: ended("filtered"),
    refused=lambda: text("refused"),
    throttled=lambda: text("throttled"),
    # it prints the body of each attempt, unless a status of 400 or more is a failure
    retry=lambda: text("retry", "--retry", "2", "--fail"),
    failure=lambda: stream("failure"),
    cut=lambda: stream("cut"),
    truncation=lambda: ended("truncation", max_completion_tokens=driving.LIMIT),
)
