"""What applications do with responses that are stored: OpenAI's clients, its agents and the AI SDK."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from node import node_binary

from tests.clients.install import CLIENTS, INSTALLED, NPM, ROOT
from tests.support.bedrock import queued
from tests.support.bedrock.queued import START, Bedrock
from tests.support.gateway import Serving
from tests.support.ministack import Ministack
from tests.support.stored_responses import THOUGHT, calls, says, serving

SCRIPTS = Path(__file__).with_name("scripts")
RESULT = {"toolResult": {"toolUseId": "t-1", "content": [{"text": "rain"}]}}


@pytest.fixture(scope="module", name="model")
def _model() -> Iterator[Bedrock]:
    with Bedrock() as running:
        yield running


@pytest.fixture(scope="module", name="api")
def _api(model: Bedrock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    scratch = tmp_path_factory.mktemp("stored")
    with Ministack() as ministack, serving(ministack.table(), ministack, model.url, scratch) as running:
        yield running


def ran(script: str, folder: str, api: Serving) -> Any:  # noqa: ANN401
    """Return the outcomes of a script with the packages of a client."""
    if not (CLIENTS / folder / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    program = [str(node_binary())] if script.endswith(".mjs") else [sys.executable]
    done = subprocess.run(
        [*program, script, f"{api.url}/prod"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(CLIENTS / folder), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def asked(model: Bedrock, before: int) -> list[Any]:
    """Return the conversations that the model was asked."""
    return [body["messages"] for _, body in model.asked[before:]]


def check_conversation(turns: list[Any]) -> None:
    """Check that the third turn has all that was said, with the reasoning before the call."""
    assert [each["role"] for each in turns[2]] == ["user", "assistant", "user", "assistant", "user"]
    assert turns[2][:2] == turns[1][:2]
    assert turns[2][1]["content"][0] == THOUGHT
    assert turns[2][2]["content"] == [RESULT]


@pytest.mark.parametrize("client", ["openai-1", "openai-2", "openai-3"])
def test_stored_responses_of_openais_python_client(model: Bedrock, api: Serving, client: str) -> None:
    if client == "openai-1" and sys.version_info >= (3, 14):
        pytest.skip("openai 1 cannot list items on Python 3.14, where a union takes no attributes")
    model.forget()
    before = len(model.asked)
    model.send(*calls("weather"), *says("Rain"), *says("Bye"), *says("Hel", "lo"), *says("Hello"))
    model.send(*says("Hello"), START, queued.text("for ever"))
    outcomes = ran(str(SCRIPTS / "stored_responses.py"), client, api)
    check_conversation(asked(model, before))
    assert outcomes == {
        "conversation": ["Rain", "Bye", True, True],
        "items": [
            *("message", "reasoning", "function_call", "function_call_output"),
            *("message", "message"),
        ],
        "deleted": [
            ["NotFoundError", "response_not_found"],
            ["BadRequestError", "previous_response_not_found"],
        ],
        "resumed": [
            *("response.created", "response.queued", "response.in_progress", "response.completed"),
            "Hello",
        ],
        "helper": [5, "Hello"],
        "polled": ["queued", "completed", "Hello"],
        "synchronous": "Cannot cancel a synchronous response.",
        "cancelled": ["cancelled", True, "response.incomplete", "cancelled"],
    }


def test_stored_responses_example_of_the_page_runs(model: Bedrock, api: Serving, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to-resume.md").read_text("utf-8")
    (example,) = [each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "OpenAI" in each]
    given = f'url, key, model = "{api.url}/prod/", "key", "model-1"\n'
    script = tmp_path / "example.py"
    script.write_text(
        f"{given}{example}\nprint(repr(list(stream)[-1].type).replace(chr(39), chr(34)))\n", "utf-8"
    )
    model.forget()
    before = len(model.asked)
    model.send(*says("Hello"), *says("And"), *says("Once"))
    assert ran(str(script), "openai-3", api) == "response.completed"
    assert [len(messages) for messages in asked(model, before)] == [1, 3, 1]


def test_stored_responses_of_openais_javascript_client(model: Bedrock, api: Serving, tmp_path: Path) -> None:
    model.forget()
    before = len(model.asked)
    model.send(*calls("weather"), *says("Rain"), *says("Bye"), *says("Hel", "lo"), *says("Hello"))
    model.send(START, queued.text("for ever"))
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    outcomes = ran(str(shutil.copy(SCRIPTS / "stored_responses.mjs", tmp_path)), "npm", api)
    check_conversation(asked(model, before))
    items = ["message", "reasoning", "function_call", "function_call_output", "message", "message"]
    assert outcomes == {
        "conversation": ["Rain", "Bye", "Bye", items, 404],
        "resumed": [True, "Hello"],
        "polled": ["queued", "completed", "Hello"],
        "cancelled": ["cancelled"] * 3,
    }


def test_stored_responses_are_what_agents_go_on_from(model: Bedrock, api: Serving) -> None:
    model.forget()
    before = len(model.asked)
    model.send(*calls("weather"), *says("Rain"), *says("Bye"))
    assert ran(str(SCRIPTS / "stored_agents.py"), "openai-agents", api) == ["Rain", "Bye"]
    turns = asked(model, before)
    assert [each["role"] for each in turns[2]] == ["user", "assistant", "user", "assistant", "user"]
    assert turns[2][1]["content"][0] == THOUGHT


def test_stored_responses_are_what_the_ai_sdk_refers_to_by_default(
    model: Bedrock, api: Serving, tmp_path: Path
) -> None:
    model.forget()
    before = len(model.asked)
    model.send(
        *says("Hello"), *says("Again"), *calls("weather"), *says("Rain"), *calls("weather"), *says("Sun")
    )
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    outcomes = ran(str(shutil.copy(SCRIPTS / "ai_responses.mjs", tmp_path)), "npm", api)
    assert outcomes["byDefault"] == {"text": "Sun"}
    said = asked(model, before)[5]
    assert said[1]["content"][0] == THOUGHT
