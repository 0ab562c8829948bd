"""The records of the bundled chat function against what the stand-in has counted, in every format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.bedrock_requests import NOVA, SONNET_4_5
from tests.local.serving import Client, Serving, application, integration, template
from tests.local.test_bedrock_chat import function
from tests.local.test_bedrock_relays import CLAUDE, GPT, relaying

CACHED = "[[cached=7,5]]"
TOOL = '[[tool=w {"city": "Bonn"}]]'
#: Prompt -> the tokens of its answer: words, pieces of reasoning, and pieces of eight characters of an input.
PROMPTS = {
    f"one two [[say=Hello there you.]] {CACHED}": 3,
    f"one [[reasoning=Let me see.]] [[say=Well.]] {CACHED}": 4,
    f"{TOOL} {CACHED}": 2,
}
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "total_tokens")
FUNCTIONS = {"nova": NOVA, "claude": SONNET_4_5}
DECLARED = {"name": "w", "input_schema": {"type": "object"}}
FUNCTION = {"name": "w", "parameters": {"type": "object"}}
SPEC = {"toolSpec": {"name": "w", "inputSchema": {"json": {"type": "object"}}}}


def requests(model: str, prompt: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, path and body of a request in each format, streamed and whole."""
    messages = [{"role": "user", "content": prompt}]
    converse = {
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "toolConfig": {"tools": [SPEC]},
    }
    for stream in (True, False):
        chat = {"messages": messages, "tools": [{"type": "function", "function": FUNCTION}], "stream": stream}
        yield "chat_completions", "/v1/chat/completions", chat
        anthropic = {"max_tokens": 99, "messages": messages, "tools": [DECLARED], "stream": stream}
        yield "anthropic", "/v1/messages", anthropic
        tools = [{"type": "function", **FUNCTION}]
        yield "responses", "/v1/responses", {"input": prompt, "tools": tools, "stream": stream}
        yield "converse", f"/model/{model}/converse{'-stream' * stream}", converse
        yield from invoke(model, prompt, "-with-response-stream" * stream)
    yield "native", "/chat", converse
    parts = [{"role": "user", "parts": [{"type": "text", "text": prompt}]}]
    yield "ai_sdk", "/ui/chat", {"messages": parts}


def invoke(model: str, prompt: str, ending: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if model == SONNET_4_5:
        messages = [{"role": "user", "content": prompt}]
        body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": messages}
        yield "invoke_model", f"/model/{model}/invoke{ending}", {**body, "tools": [DECLARED]}
    else:
        blocks = [{"role": "user", "content": [{"text": prompt}]}]
        yield "invoke_model", f"/model/{model}/invoke{ending}", {"messages": blocks}


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Yield the gateway with the functions of two models, and with two that ask in a vendor's API."""
    content = template(
        {
            f"ANY /{name.lower()}/{{proxy+}}": {"integration": integration(name, {})}
            for name in ("Nova", "Claude", "Messages", "Gpt")
        },
        Nova=function(NOVA),
        Claude=function(SONNET_4_5),
        Messages=relaying(CLAUDE, "messages"),
        Gpt=relaying(GPT, "responses"),
    )
    with Serving(application(content, tmp_path_factory.mktemp("usage")), token_delay=0) as serving:
        yield serving


def record_of(chat: Serving, mount: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the one record of a request."""
    before = len(chat.log)
    with Client(chat.url) as client:
        response = client.send("POST", f"/prod/{mount}{path}", json.dumps(body))
        content = response.read().decode("utf-8", "replace")
    invocation = response.headers["x-request-id"]
    chat.logged(f"REPORT RequestId: {invocation}")
    lines = [line for line in chat.log[before:] if invocation in line and '"event":"usage"' in line]
    assert len(lines) == 1, (content, lines)
    record: dict[str, Any] = json.loads(lines[0].partition("] ")[2])
    assert record["request_id"] == invocation
    return record


@pytest.mark.parametrize("mount", FUNCTIONS)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_usage_record_has_the_counts_of_the_standin(chat: Serving, mount: str, prompt: str) -> None:
    model, output = FUNCTIONS[mount], PROMPTS[prompt]
    words = len(prompt.split())
    for name, path, body in requests(model, prompt):
        record = record_of(chat, mount, path, body)
        found = {count: record[count] for count in COUNTS}
        expected = dict(zip(COUNTS, (words, output, 7, 5, words + output + 12), strict=True))
        assert (path, found) == (path, expected)
        assert (record["format"], record["model"], record["estimated"]) == (name, model, False)
        assert record["route"] == f"/{mount}/{{proxy+}}"
        assert "error" not in record
        assert "one two" not in json.dumps(record)


@pytest.mark.parametrize(
    ("mount", "path", "model", "reasoning"),
    [("messages", "/v1/messages", CLAUDE, None), ("gpt", "/v1/responses", GPT, 3)],
)
@pytest.mark.parametrize("stream", [True, False])
def test_usage_record_of_a_relayed_request_has_the_counts_of_the_standin(
    chat: Serving, mount: str, path: str, model: str, reasoning: int | None, stream: bool
) -> None:
    prompt = f"one [[reasoning=Let me see.]] [[say=Well.]] {CACHED}"
    body: dict[str, Any] = {"stream": stream, "input": prompt}
    if mount == "messages":
        messages = [{"role": "user", "content": prompt}]
        body = {"stream": stream, "max_tokens": 50, "messages": messages}
    record = record_of(chat, mount, path, body)
    # with the four words of the deployment's system prompt
    words = len(prompt.split()) + 4
    assert [record[count] for count in COUNTS] == [words, 4, 7, 5, words + 16]
    assert (record["model"], record.get("reasoning_tokens")) == (model, reasoning)


@pytest.mark.parametrize("mount", FUNCTIONS)
@pytest.mark.parametrize("fault", ["cut", "silent-end", "modelStreamErrorException", "bad-crc"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_usage_record_of_a_stream_that_breaks_counts_its_tokens(
    chat: Serving, mount: str, fault: str, after: int
) -> None:
    prompt = f"[[say=a b c d e]] [[{fault}@{after}]]"
    for _, path, body in requests(FUNCTIONS[mount], prompt):
        record = record_of(chat, mount, path, body)
        assert (path, record["output_tokens"], record["estimated"]) == (path, after, True)
        assert record["error"]
        assert record["estimated_by"]["output_tokens"] == "deltas"


def test_usage_record_of_a_refused_request_has_no_tokens(chat: Serving) -> None:
    for name, path, body in requests(NOVA, "[[ThrottlingException]]"):
        record = record_of(chat, "nova", path, body)
        assert (name, record["error"], record["total_tokens"]) == (name, "throttled", 0)
