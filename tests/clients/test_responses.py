"""What applications do with the Responses API, each answer of the model in frames that the test sends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from node import node_binary

from tests.clients.deployment import deployment
from tests.clients.install import CLIENTS, INSTALLED, NPM
from tests.support.bedrock import queued as bedrock
from tests.support.bedrock.queued import METADATA, START, STOP, Bedrock, event
from tests.support.gateway import Serving
from tests.support.templates import application

SCRIPTS = Path(__file__).with_name("scripts")
IMAGE = b64encode(b"\x89PNG\r\n\x1a\n").decode()
PDF = b64encode(b"%PDF-1.4").decode()
THOUGHT = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}}


@pytest.fixture(scope="module")
def model() -> Iterator[Bedrock]:
    """The Bedrock that the function asks."""
    with Bedrock() as running:
        yield running


@pytest.fixture(scope="module")
def api(model: Bedrock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the stage."""
    with Serving(application(deployment(model.url), tmp_path_factory.mktemp("responses"))) as serving:
        yield f"{serving.url}/prod"


def delta(index: int, **of: object) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": of})


def use(index: int, identity: str, name: str) -> list[bytes]:
    start = {"toolUse": {"toolUseId": identity, "name": name}}
    return [
        event("contentBlockStart", {"contentBlockIndex": index, "start": start}),
        delta(index, toolUse={"input": '{"city":"Bonn"}'}),
        event("contentBlockStop", {"contentBlockIndex": index}),
    ]


def ends(reason: str) -> list[bytes | None]:
    return [event("messageStop", {"stopReason": reason}), METADATA, None]


#: Reasoning with its signature, and two calls at once.
TWO_CALLS: list[bytes | None] = [
    START,
    delta(0, reasoningContent={"text": "hm"}),
    delta(0, reasoningContent={"signature": "sig"}),
    event("contentBlockStop", {"contentBlockIndex": 0}),
    *use(1, "t-1", "weather"),
    *use(2, "t-2", "clock"),
    *ends("tool_use"),
]


def says(text: str) -> list[bytes | None]:
    return [START, bedrock.text(text), STOP, METADATA, None]


def ran(script: str, folder: str, *arguments: str) -> dict[str, Any]:
    """Return the outcomes of a script with the packages of a client."""
    if not (CLIENTS / folder / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    program = [str(node_binary())] if script.endswith(".mjs") else [sys.executable]
    done = subprocess.run(
        [*program, script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(CLIENTS / folder), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    outcomes: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcomes


@pytest.fixture(scope="module", params=["openai-2", "openai-3"])
def application_run(
    request: pytest.FixtureRequest, model: Bedrock, api: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What an application has read of every answer, and what the model was asked."""
    model.forget()
    asked = len(model.asked)
    model.send(*TWO_CALLS, *says("Rain at noon"), *says('{"name":"Bonn"}'), *says("A cat"), *TWO_CALLS)
    for reason in ("max_tokens", "content_filtered"):
        model.send(START, bedrock.text("Hel"), *ends(reason))
    model.send(START, bedrock.text("Hel"), bedrock.exception("throttlingException", "slow"), None)
    outcomes = ran(str(SCRIPTS / "responses_scenarios.py"), request.param, api, IMAGE, PDF)
    return outcomes, [body for _, body in model.asked[asked:]]


Run = tuple[dict[str, Any], list[dict[str, Any]]]


def test_responses_application_calls_two_tools_and_reasoning_comes_back_first(application_run: Run) -> None:
    outcomes, asked = application_run
    assert outcomes["tools"] == "Rain at noon"
    _, said, results = asked[1]["messages"]
    city = {"city": "Bonn"}
    assert said["content"] == [
        THOUGHT,
        {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": city}},
        {"toolUse": {"toolUseId": "t-2", "name": "clock", "input": city}},
    ]
    assert [each["toolResult"]["toolUseId"] for each in results["content"]] == ["t-1", "t-2"]


def test_responses_application_gets_an_object_of_its_class(application_run: Run) -> None:
    outcomes, asked = application_run
    assert outcomes["structured"] == "Bonn"
    assert asked[2]["outputConfig"]["textFormat"]["type"] == "json_schema"


def test_responses_application_sends_image_and_pdf(application_run: Run) -> None:
    outcomes, asked = application_run
    assert outcomes["files"] == "A cat"
    _, image, pdf = asked[3]["messages"][0]["content"]
    assert image["image"] == {"format": "png", "source": {"bytes": IMAGE}}
    assert (pdf["document"]["format"], pdf["document"]["source"]) == ("pdf", {"bytes": PDF})


def test_responses_application_finds_every_event_valid_by_its_own_types(application_run: Run) -> None:
    kinds = application_run[0]["events"]
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert kinds.count("response.output_item.done") == 3


def test_responses_application_sees_why_an_answer_is_incomplete(application_run: Run) -> None:
    assert application_run[0]["incomplete"] == [
        ["incomplete", "max_output_tokens", "Hel"],
        ["incomplete", "content_filter", "Hel"],
    ]


def test_responses_application_is_told_what_needs_a_store(application_run: Run) -> None:
    found = application_run[0]["stateless"]
    assert [name for name, _ in found] == ["BadRequestError"] * 3 + ["NotFoundError"] * 2
    assert "store: false" in found[2][1]


def test_responses_application_failure_in_the_middle_is_raised_with_its_code(application_run: Run) -> None:
    assert application_run[0]["failed"] == ["rate_limit_error", "rate_limit_exceeded"]


@pytest.fixture(scope="module")
def agents_run(model: Bedrock, api: str) -> Run:
    """What an agent of OpenAI's SDK has made of every answer, and what the model was asked."""
    model.forget()
    asked = len(model.asked)
    for _ in ("whole", "streamed"):
        model.send(*TWO_CALLS, *says("Rain at noon"))
    model.send(*says('{"name":"Bonn"}'), START, bedrock.text("Hel"))
    model.send(bedrock.exception("modelStreamErrorException", "no"), None)
    outcomes = ran(str(SCRIPTS / "openai_agents.py"), "openai-agents", api)
    return outcomes, [body for _, body in model.asked[asked:]]


@pytest.mark.parametrize("mode", ["whole", "streamed"])
def test_responses_agent_runs_two_tools_and_counts_both_turns(agents_run: Run, mode: str) -> None:
    assert agents_run[0][mode] == ["Rain at noon", 6]
    asked = agents_run[1][1 if mode == "whole" else 3]
    _, said, results = asked["messages"]
    assert said["content"][0] == THOUGHT
    texts = [each["toolResult"]["content"] for each in results["content"]]
    assert texts == [[{"text": "rain in Bonn"}], [{"text": "noon in Bonn"}]]
    assert asked["system"] == [{"text": "Be brief"}]


def test_responses_agent_gets_an_object_of_its_class(agents_run: Run) -> None:
    assert agents_run[0]["structured"] == "Bonn"


def test_responses_agent_raises_for_a_failure_in_the_middle(agents_run: Run) -> None:
    assert "the model failed while it processed the request" in agents_run[0]["failed"]


def test_responses_ai_sdk_needs_store_false_for_what_it_would_refer_to(
    model: Bedrock, api: str, tmp_path: Path
) -> None:
    model.forget()
    asked = len(model.asked)
    model.send(*says("Hello"), *says("Again"), *TWO_CALLS, *says("Rain at noon"), *TWO_CALLS)
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    script = shutil.copy(SCRIPTS / "ai_responses.mjs", tmp_path)
    outcomes = ran(str(script), "npm", api)
    assert outcomes["turns"] == ["Hello", "Again"]
    assert outcomes["stateless"] == {"text": "Rain at noon"}
    bodies: list[Any] = [body for _, body in model.asked[asked:]]
    assert bodies[1]["messages"][1] == {"role": "assistant", "content": [{"text": "Hello"}]}
    _, said, results = bodies[3]["messages"]
    assert said["content"][0] == THOUGHT
    assert len(results["content"]) == 2
    # its reasoning is an item_reference then
    assert outcomes["byDefault"]["status"] == 400
    assert "store: false" in outcomes["byDefault"]["error"]


def test_responses_event_arrives_before_the_next_token_is_produced(model: Bedrock, api: str) -> None:
    model.forget()
    body = json.dumps({"input": "Hi", "stream": True}).encode()
    request = urllib.request.Request(f"{api}/v1/responses", body, {"content-type": "application/json"})
    model.send(START, bedrock.text("0"))
    with urllib.request.urlopen(request, timeout=60) as response:
        for number in range(5):
            # the model has not produced the next one yet
            assert number == _next_delta(response)
            model.send(bedrock.text(str(number + 1)))
        model.send(STOP, METADATA, None)
        assert b"event: response.completed" in response.read()


def _next_delta(lines: Iterator[bytes]) -> int:
    for line in lines:
        if line.startswith(b"data: ") and (said := json.loads(line[6:]).get("delta")):
            return int(said)
    raise AssertionError("the stream ended")
