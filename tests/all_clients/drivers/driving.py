"""Run the scenarios of a driver: ``driver URL NAME SCENARIO...`` prints a line of JSON for each.

NAME is a word that ends every prompt, so that the stand-in knows prompts of different clients apart.
"""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

SCENARIOS = json.loads((Path(__file__).resolve().parents[1] / "scenarios.json").read_text("utf-8"))
MODELS = {
    "nova": "us.amazon.nova-2-lite-v1:0",
    "claude": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "messages": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "responses": "us.openai.gpt-5.6-sol",
}
CITY_TOOL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
#: The schema of structured output.
CITY = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "population": {"type": "integer"}},
    "required": ["name", "population"],
    "additionalProperties": False,
}
#: The end of a prompt that has the model say such an object, where the client asks for it in words.
SAID = '[[say={"name": "Bonn", "population": 3}]]'
TOOLS = {
    "weather": lambda city: f"rain in {city}",
    "clock": lambda city: f"noon in {city}",
}
LIMIT = SCENARIOS["truncation"]["limit"]
PNG, PDF = (SCENARIOS[each]["base64"] for each in ("image", "pdf"))
URL, NAME, *WANTED = sys.argv[1:]
MODEL = MODELS[URL.rsplit("/", 1)[1]]
Scenario = Callable[[], dict[str, object]]


def prompt(scenario: str, member: str = "prompt") -> str:
    """Return the prompt of a scenario."""
    return f"{SCENARIOS[scenario][member]} {NAME}"


def run(**scenarios: Scenario) -> None:
    """Run those that are wanted."""
    for name in WANTED:
        try:
            outcome = scenarios[name]()
        except Exception as error:
            outcome = {"error": told(error)}
        print("\n" + json.dumps({"scenario": name, **outcome}, default=str), flush=True)
    # a client may leave a thread behind after an error, for which the interpreter would wait for ever
    os._exit(0)


def told(error: BaseException) -> dict[str, object]:
    """Return what a client says of an error, with the errors behind it."""
    chain = list(_chain(error))
    return {
        "type": type(error).__name__,
        "status": next((status for each in chain if (status := _status(each))), None),
        "message": " | ".join(str(each) for each in chain),
    }


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        return answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return getattr(error, "status_code", None) or getattr(answer, "status_code", None)
