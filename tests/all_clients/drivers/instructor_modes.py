# /// client
# title = "instructor, OpenAI's and Anthropic's clients"
# package = "instructor"
# environments = ["instructor"]
# [without]
# text = "instructor asks for objects"
# stream = "instructor asks for objects"
# tools = "instructor asks for objects"
# image = "instructor asks for objects"
# pdf = "instructor asks for objects"
# thinking = "instructor asks for objects"
# usage = "instructor asks for objects"
# filtered = "instructor asks for objects"
# retry = "instructor asks for objects"
# failure = "instructor asks for objects"
# cut = "instructor asks for objects"
# truncation = "instructor asks for objects"
# ///
"""Drive instructor, which asks for objects through the clients of others."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from collections.abc import Iterable

import anthropic
import driving
import instructor
import openai
from driving import MODEL, prompt
from instructor import Mode
from pydantic import BaseModel

OPENAI = openai.OpenAI(base_url=f"{driving.URL}/v1", api_key="key")
ANTHROPIC = anthropic.Anthropic(base_url=driving.URL, api_key="key")


class City(BaseModel):
    """A city."""

    name: str
    population: int


def city(client: instructor.Instructor, asked: str, **more: object) -> dict[str, object]:
    """Return an object, the first of those that are called at once."""
    messages = [{"role": "user", "content": asked}]
    answer = client.create(**{"model": MODEL, "messages": messages, "response_model": City, **more})
    return (answer if isinstance(answer, City) else next(iter(answer))).model_dump()


CALLED = '[[tool=City {"name": "Bonn", "population": 3}]]'
#: Mode -> what the prompt has the model do, where nothing in the request forces it.
OPENAI_MODES = {
    Mode.TOOLS: "",
    Mode.TOOLS_STRICT: "",
    Mode.PARALLEL_TOOLS: CALLED,
    Mode.JSON_SCHEMA: "",
    Mode.JSON: driving.SAID,
    Mode.MD_JSON: driving.SAID,
    Mode.RESPONSES_TOOLS: "",
}
ANTHROPIC_MODES = {
    Mode.ANTHROPIC_TOOLS: "",
    Mode.ANTHROPIC_REASONING_TOOLS: CALLED,
    Mode.ANTHROPIC_PARALLEL_TOOLS: CALLED,
    Mode.ANTHROPIC_JSON: driving.SAID,
}


def structured() -> dict[str, object]:
    """Ask for an object in each mode."""
    told = {}
    for mode, said in OPENAI_MODES.items():
        more = {"response_model": Iterable[City]} if mode is Mode.PARALLEL_TOOLS else {}
        client = instructor.from_openai(OPENAI, mode=mode)
        told[mode.name] = city(client, f"{prompt('structured')} {said}", **more)
    for mode, said in ANTHROPIC_MODES.items():
        more = {"response_model": Iterable[City]} if mode is Mode.ANTHROPIC_PARALLEL_TOOLS else {}
        client = instructor.from_anthropic(ANTHROPIC, mode=mode)
        told[mode.name] = city(client, f"{prompt('structured')} {said}", max_tokens=100, **more)
    return {"modes": told}


driving.run(
    structured=structured,
    refused=lambda: city(instructor.from_openai(OPENAI, mode=Mode.TOOLS), prompt("refused")),
    throttled=lambda: city(instructor.from_openai(OPENAI, mode=Mode.TOOLS), prompt("throttled")),
)
