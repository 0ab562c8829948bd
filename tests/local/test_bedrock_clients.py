"""Tools and reasoning of the stand-in reach clients, through the chat routes and on vendors' endpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.install import CLIENTS, INSTALLED
from tests.local.serving import Client, Serving, application, integration, template
from tests.local.test_bedrock_chat import function
from tests.support.bedrock.shipped import standin

ASKED = '[[say=Wait.]] [[tool=weather {"city": "Bonn"}]] [[tool=weather]]'
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
#: The client, where it is installed, and what it asks.
OFFICIAL = [("openai", "openai-3"), ("anthropic", "anthropic-2")]


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of the chat function behind the gateway, with the stand-in."""
    routes = {"ANY /{proxy+}": {"integration": integration("Chat", {})}}
    content = template(routes, Chat=function("us.anthropic.claude-sonnet-4-5-20250929-v1:0"))
    with Serving(application(content, tmp_path_factory.mktemp("chat")), token_delay=0) as serving:
        yield f"{serving.url}/prod"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Yield the URL of a stand-in."""
    with standin() as url:
        yield url


def official(api: str, folder: str, url: str, prompt: str = ASKED) -> dict[str, Any]:
    """Run an official client and return what it has made of the answer."""
    if not (CLIENTS / folder / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    script = Path(__file__).with_name("official_client.py")
    done = subprocess.run(
        [sys.executable, str(script), api, url, prompt],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(CLIENTS / folder), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def stream(url: str, path: str, body: dict[str, object]) -> list[dict[str, Any]]:
    """Return the JSON of the server-sent events of a route."""
    root, _, stage = url.rpartition("/")
    with Client(root) as client:
        response = client.send(
            "POST", f"/{stage}{path}", json.dumps(body), {"Content-Type": "application/json"}
        )
        content = response.read().decode()
    assert response.status == 200, content
    lines = [line.removeprefix("data: ") for line in content.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def test_openai_client_receives_tool_calls_through_chat_route(chat: str) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
    said = [{"role": "user", "content": ASKED}]
    chunks = stream(chat, "/v1/chat/completions", {"messages": said, "tools": tools, "stream": True})
    calls: dict[int, str] = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            for call in choice["delta"].get("tool_calls") or []:
                arguments = calls.get(call["index"], "") + call["function"].get("arguments", "")
                calls[call["index"]] = arguments
    assert [json.loads(arguments or "{}") for arguments in calls.values()] == [{"city": "Bonn"}, {}]
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert [reason for reason in reasons if reason] == ["tool_calls"]


def test_anthropic_client_receives_reasoning_through_chat_route(chat: str) -> None:
    said = [{"role": "user", "content": "[[reasoning=Hm.]] [[redacted]] [[say=Yes.]]"}]
    events = stream(chat, "/v1/messages", {"max_tokens": 99, "messages": said, "stream": True})
    begun = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    assert begun == ["thinking", "redacted_thinking", "text"]
    deltas = [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"]
    assert "signature_delta" in deltas


def test_openai_client_tool_call_cut_by_limit_finishes_with_length(chat: str) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
    said = [{"role": "user", "content": '[[tool=weather {"city": "Bonn"}]]'}]
    body = {"messages": said, "tools": tools, "stream": True, "max_tokens": 1}
    chunks = stream(chat, "/v1/chat/completions", body)
    assert [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]][-1] == "length"


@pytest.mark.parametrize(("api", "folder"), OFFICIAL)
def test_official_client_receives_tool_calls_through_chat_route(chat: str, api: str, folder: str) -> None:
    told = official(api, folder, chat)
    assert (told["text"], told["finish"]) == ("Wait.", {"openai": "tool_calls", "anthropic": "tool_use"}[api])
    assert [(name, json.loads(arguments or "{}")) for name, arguments in told["calls"]] == [
        ("weather", {"city": "Bonn"}),
        ("weather", {}),
    ]


@pytest.mark.parametrize(
    ("api", "folder", "path", "finish"),
    [
        ("anthropic", "anthropic-2", "/anthropic", "tool_use"),
        ("responses", "openai-3", "/openai", "completed"),
    ],
)
def test_official_client_receives_every_block_from_endpoint(
    endpoint: str, api: str, folder: str, path: str, finish: str
) -> None:
    told = official(api, folder, endpoint + path, f"[[reasoning=Hm.]] {ASKED}")
    assert (told["text"], told["finish"], told["signed"]) == ("Wait.", finish, [True])
    assert [json.loads(arguments or "{}") for _, arguments in told["calls"]] == [{"city": "Bonn"}, {}]
