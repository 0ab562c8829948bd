"""Anthropic's own client in front of Claude: its requests reach the model as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from chat.converse.tools import ToolNames
from node import node_binary

from streaming_api_tools.local.services.bedrock.directives import default_script
from streaming_api_tools.local.services.bedrock.prompt import Prompt
from streaming_api_tools.local.services.bedrock.script import Reply, ReplyEvent
from tests.clients.deployment import CLAUDE, deployment
from tests.clients.install import CLIENTS, INSTALLED, ROOT
from tests.clients.test_error_table import ask
from tests.support.bedrock.shipped import standin
from tests.support.gateway import Serving
from tests.support.templates import application

SCRIPT = Path(__file__).with_name("scripts") / "anthropic_relay.py"
CITED = {
    "type": "char_location",
    "cited_text": "Bonn is warm.",
    "document_index": 0,
    "start_char_index": 0,
    "end_char_index": 13,
}
#: The name in the request of a tool whose own name Anthropic's pattern does not have.
ALIAS = ToolNames().alias("mcp.weather")
TWO = f'[[tool={ALIAS} {{"city": "Bonn"}}]] [[tool=bash {{"command": "ls"}}]]'


def script(prompt: Prompt) -> Reply:
    """Return the reply of the stand-in; it cites where it is asked about the document."""
    reply = default_script(prompt)
    if "It is warm" not in prompt.text:
        return reply
    deltas = {"type": "text_delta", "text": "It is warm."}, {"type": "citations_delta", "citation": CITED}
    events = [
        ReplyEvent("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        *(ReplyEvent("content_block_delta", {"index": 0, "delta": delta}) for delta in deltas),
        ReplyEvent("content_block_stop", {"index": 0}),
    ]
    return replace(reply, blocks=tuple(events))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a stage whose Bedrock refuses what InvokeModel refuses."""
    with standin(script=script) as bedrock:
        served = application(deployment(bedrock), tmp_path_factory.mktemp("claude"))
        with Serving(served) as serving:
            yield f"{serving.url}/prod"


@pytest.fixture(scope="module", params=("anthropic-0", "anthropic-1", "anthropic-2"))
def answers(request: pytest.FixtureRequest, stage: str) -> dict[str, dict[str, Any]]:
    """What one version of the client has read, streamed and whole."""
    folder = CLIENTS / request.param
    if not (folder / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), f"{stage}/claude", TWO],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return told


@pytest.fixture(params=("stream", "whole"))
def read(request: pytest.FixtureRequest, answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    mode: dict[str, Any] = answers[request.param]
    return mode


def test_claude_relay_client_gets_thinking_and_sends_it_back(read: dict[str, Any]) -> None:
    thinking, text = read["thinking"]["content"]
    assert (thinking["type"], thinking["thinking"]) == ("thinking", "Let me think.")
    assert thinking["signature"]
    assert text["text"] == "Hello."
    assert read["thinking back"]["content"][0]["text"] == "Again."


def test_claude_relay_client_gets_two_calls_under_its_own_names(
    read: dict[str, Any],
) -> None:
    asked = read["tools"]
    assert [(block["name"], block["input"]) for block in asked["content"]] == [
        ("mcp.weather", {"city": "Bonn"}),
        ("bash", {"command": "ls"}),
    ]
    assert asked["stop_reason"] == "tool_use"
    assert "12 degrees" in read["results"]["content"][0]["text"]


def test_claude_relay_client_gets_the_stop_sequence(read: dict[str, Any]) -> None:
    stopped = read["stopped"]
    assert (stopped["stop_reason"], stopped["stop_sequence"]) == ("stop_sequence", "END")
    assert stopped["content"][0]["text"].strip() == "One"


def test_claude_relay_client_gets_a_call_that_the_limit_cut(read: dict[str, Any]) -> None:
    assert read["cut"]["stop_reason"] == "max_tokens"
    assert read["cut"]["content"][0]["name"] == "mcp.weather"


def test_claude_relay_client_gets_citations_and_may_cache(read: dict[str, Any]) -> None:
    (text,) = read["document"]["content"]
    assert text["text"] == "It is warm."
    assert [cited["cited_text"] for cited in text["citations"]] == ["Bonn is warm."]
    assert read["document"]["model"] == CLAUDE
    assert read["document"]["usage"]["input_tokens"] > 0


def test_claude_relay_client_counts_tokens_and_lists_models(answers: dict[str, Any]) -> None:
    assert answers["count"] == 3
    assert (answers["models"], answers["model"]) == ([CLAUDE], CLAUDE)


BODY = {"messages": [{"role": "user", "content": "[[say=Hi.]]"}], "max_tokens": 99}


def test_claude_relay_standin_takes_what_the_filter_leaves_of_claude_codes_defaults(stage: str) -> None:
    code = {
        **BODY,
        "model": CLAUDE,
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=1"},
            {"type": "text", "text": "Be brief", "cache_control": {"type": "ephemeral", "scope": "global"}},
        ],
        "metadata": {"user_id": '{"device_id": "a", "session_id": "b"}'},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "output_config": {"effort": "high"},
        "max_tokens": 2000,
        "temperature": 1,
    }
    status, headers, answer = ask(stage, "claude/v1/messages", code)
    assert status == 200, answer
    assert set(headers["x-streaming-api-ignored"].split(", ")) == {
        "cache_control.scope",
        "context_management.edits",
        "output_config.effort",
        "system.x-anthropic-billing-header",
    }
    assert json.loads(answer)["content"] == [{"type": "text", "text": "Hi."}]
    assert "amazon-bedrock" not in answer


def test_claude_relay_decisions_of_the_deployment_hold(stage: str) -> None:
    status, _, answer = ask(stage, "claude-decided/v1/messages", {**BODY, "system": "x"})
    assert (status, json.loads(answer)["error"]["code"]) == (400, "not_allowed")
    long = {"messages": [{"role": "user", "content": "[[tokens=80]]"}], "max_tokens": 99}
    status, _, answer = ask(stage, "claude-decided/v1/messages", long)
    said = json.loads(answer)
    assert (status, said["stop_reason"], said["usage"]["output_tokens"]) == (200, "max_tokens", 50)


@pytest.mark.parametrize("fault", ["throttlingException@2", "cut@2", "silent-end@2", "bad-crc@2"])
def test_claude_relay_failure_in_the_middle_is_anthropics_error_event(stage: str, fault: str) -> None:
    body = {**BODY, "messages": [{"role": "user", "content": f"[[{fault}]]"}], "stream": True}
    status, _, answer = ask(stage, "claude/v1/messages", body)
    assert (status, "event: error\ndata: " in answer) == (200, True)
    assert "message_stop" not in answer
    assert "message_delta" not in answer
    status, _, answer = ask(stage, "claude/v1/messages", {**body, "stream": False})
    assert status == (429 if "throttling" in fault else 502)
    assert json.loads(answer)["type"] == "error"


def test_claude_relay_boto3_counts_tokens_of_both_kinds_of_requests(stage: str) -> None:
    session = boto3.session.Session("A", "S", region_name="us-east-1")
    client = session.client("bedrock-runtime", endpoint_url=f"{stage}/claude")
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9}
    native = json.dumps({**body, "messages": [{"role": "user", "content": "one two"}]})
    converse = {"messages": [{"role": "user", "content": [{"text": "one two three"}]}]}
    try:
        counted = [
            client.count_tokens(modelId=CLAUDE, input=given)["inputTokens"]
            for given in ({"invokeModel": {"body": native}}, {"converse": converse})
        ]
    finally:
        client.close()
    assert counted == [2, 3]


def test_claude_relay_count_of_a_model_that_bedrock_does_not_count_is_estimated(stage: str) -> None:
    body = {"messages": [{"role": "user", "content": "one two three"}]}
    status, headers, answer = ask(stage, "several/v1/messages/count_tokens", body)
    assert (status, headers["x-streaming-api-estimated"]) == (200, "input_tokens")
    assert json.loads(answer)["input_tokens"] > 1


def test_claude_relay_javascript_sdk_of_aws_reads_whole_answers_and_errors(stage: str) -> None:
    packages = ROOT / ".cache" / "bedrock-runtime"
    if not (packages / "node_modules" / "@aws-sdk" / "client-bedrock-runtime").exists():
        pytest.skip("tests/local/test_bedrock_http2.py installs AWS's SDK for JavaScript")
    script = SCRIPT.with_name("aws_bedrock.mjs")
    asked = [str(node_binary()), str(script), f"{packages}/", f"{stage}/claude", CLAUDE]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["Converse"] == [{"text": "Hello there."}]
    assert told["InvokeModel"] == [{"type": "text", "text": "Hello there."}]
    assert told["CountTokens"] == 3
    assert told["Refused"] == {
        "name": "ThrottlingException",
        "message": "the model is throttled; try again later",
        "status": 429,
    }
    assert told["NotAllowed"] == {
        "name": "ResourceNotFoundException",
        "message": "the model does not exist or cannot be used",
        "status": 404,
    }
