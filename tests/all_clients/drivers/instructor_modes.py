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
# throttled = "instructor asks for objects"
# retry = "instructor asks for objects"
# failure = "instructor asks for objects"
# cut = "instructor asks for objects"
# truncation = "instructor asks for objects"
# ///
"""Drive instructor, which asks for objects through the clients of others."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import anthropic
import driving
import instructor
import openai
from driving import MODEL, prompt
from instructor import Mode
from pydantic import BaseModel

OPENAI = openai.OpenAI(base_url=f"{driving.URL}/v1", api_key="key")
ANTHROPIC = anthropic.Anthropic(base_url=driving.URL, api_key="key")
SAID = '[[say={"name": "Bonn", "population": 3}]]'


class City(BaseModel):
    """A city."""

    name: str
    population: int


def city(client: instructor.Instructor, asked: str, **more: object) -> dict[str, object]:
    """Return an object."""
    messages = [{"role": "user", "content": asked}]
    return client.create(model=MODEL, messages=messages, response_model=City, **more).model_dump()


def structured() -> dict[str, object]:
    """Ask for an object in each mode."""
    asked = prompt("structured")
    return {
        "modes": {
            "openai, TOOLS": city(instructor.from_openai(OPENAI, mode=Mode.TOOLS), asked),
            "openai, JSON_SCHEMA": city(instructor.from_openai(OPENAI, mode=Mode.JSON_SCHEMA), asked),
            "openai, JSON": city(instructor.from_openai(OPENAI, mode=Mode.JSON), f"{asked} {SAID}"),
            "anthropic, TOOLS": city(
                instructor.from_anthropic(ANTHROPIC, mode=Mode.TOOLS), asked, max_tokens=100
            ),
        }
    }


driving.run(
    structured=structured,
    refused=lambda: city(instructor.from_openai(OPENAI, mode=Mode.TOOLS), prompt("refused")),
)
