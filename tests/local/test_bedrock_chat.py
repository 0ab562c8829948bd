"""The bundled chat function asks nothing that Bedrock refuses: each format, through the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.bedrock_requests import NOVA, PNG, SONNET_4_5, encoded
from tests.local.serving import ROOT, Client, Serving, application, integration, template

OPENAI, ANTHROPIC, UI = "/v1/chat/completions", "/v1/messages", "/ui/chat"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
HI: dict[str, Any] = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "w", "parameters": {"type": "object"}}}
CLAUDE_TOOL = {"name": "w", "input_schema": {"type": "object"}}
PDF = encoded(b"%PDF-1.4\n")
FILE = {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}
UI_FILE = {
    "type": "file",
    "mediaType": "application/pdf",
    "filename": "a.b.pdf",
    "url": f"data:application/pdf;base64,{PDF}",
}
CACHED = {"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}


def function(model: str) -> dict[str, object]:
    variables = {**KEYS, "BEDROCK_MODEL_ID": model}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(ROOT / "lambda_src"),
            "Handler": "chat.handler.handler",
            "Runtime": "python3.13",
            "Timeout": 30,
            "Layers": [{"Ref": "Layer"}],
            "Environment": {"Variables": variables},
        },
    }


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Yield the gateway with one function for Nova and one for Claude."""
    content = template(
        {
            "ANY /nova/{proxy+}": {"integration": integration("Nova", {})},
            "ANY /claude/{proxy+}": {"integration": integration("Claude", {})},
        },
        Nova=function(NOVA),
        Claude=function(SONNET_4_5),
    )
    with Serving(application(content, tmp_path_factory.mktemp("chat")), token_delay=0) as serving:
        yield serving


def called(tool_id: str = "a", name: str = "w", arguments: str = "{}") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": tool_id, "type": "function", "function": function}],
    }


def answered(tool_id: str = "a", content: str = "ok") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": tool_id, "content": content}


def openai(*messages: object, **more: object) -> tuple[str, dict[str, object]]:
    return OPENAI, {"messages": list(messages or [HI]), **more}


def anthropic(*messages: object, **more: object) -> tuple[str, dict[str, object]]:
    return ANTHROPIC, {"max_tokens": 9, "messages": list(messages or [HI]), **more}


def ui(*parts: object) -> tuple[str, dict[str, object]]:
    return UI, {"messages": [{"id": "1", "role": "user", "parts": list(parts)}]}


def claude_called(tool_id: str, *content: object) -> list[dict[str, Any]]:
    use = {"type": "tool_use", "id": tool_id, "name": "w", "input": {}}
    result = {"type": "tool_result", "tool_use_id": tool_id, "content": list(content)}
    return [HI, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]


def file(*parts: object) -> dict[str, object]:
    return {"role": "user", "content": list(parts)}


def document(**source: str) -> dict[str, object]:
    return {"type": "document", "source": source}


REQUESTS = {
    "two users in a row": openai(HI, HI),
    "an answer without text": openai(HI, {"role": "assistant", "content": ""}, HI),
    "a blank system prompt": openai({"role": "system", "content": " "}, HI),
    "a blank part": openai(file({"type": "text", "text": ""}, {"type": "text", "text": "x"})),
    "two results in two messages": openai(
        HI,
        {**called(), "tool_calls": [*called()["tool_calls"], *called("b")["tool_calls"]]},
        answered(),
        answered("b"),
        tools=[TOOL],
    ),
    "text beside a result": openai(HI, called(), answered(), HI, tools=[TOOL]),
    "a call in the history without tools": openai(HI, called(), answered(), HI),
    "a call with empty arguments": openai(HI, called(arguments=""), answered(), tools=[TOOL]),
    "two files of one name": openai(file({"type": "text", "text": "x"}, FILE, FILE)),
    "a file with dots": ui({"type": "text", "text": "x"}, UI_FILE),
    "an image alone": openai(
        file({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded(PNG)}"}})
    ),
    "an answer that is to be continued": anthropic(HI, {"role": "assistant", "content": "{"}),
    "a thought alone in the history": anthropic(
        HI, {"role": "assistant", "content": [{"type": "thinking", "thinking": "h", "signature": "s"}]}, HI
    ),
    "a conversation that begins with an answer": openai({"role": "assistant", "content": "hello"}, HI),
    "a temperature of OpenAI": openai(temperature=1.5),
    "an empty stop sequence": openai(stop=["", "x"]),
    "a tool name with dots": openai(
        tools=[{"type": "function", "function": {"name": "a.b", "parameters": {}}}]
    ),
    "a tool name of 65 letters": openai(
        tools=[{"type": "function", "function": {"name": "w" * 65, "parameters": {"type": "object"}}}]
    ),
    "a tool id with a bar": openai(HI, called("a|b"), answered("a|b"), tools=[TOOL]),
    "a schema without a type": openai(
        tools=[{"type": "function", "function": {"name": "w", "parameters": {"properties": {}}}}]
    ),
    "an empty result": openai(HI, called(), answered(content=""), tools=[TOOL]),
    "a file alone": openai(file(FILE)),
    "a file alone on a page": ui(UI_FILE),
    "a document alone": anthropic(file(document(type="base64", media_type="application/pdf", data=PDF))),
    "a document of text": anthropic(
        file({"type": "text", "text": "x"}, document(type="text", media_type="text/plain", data="abc"))
    ),
    "a result without content": anthropic(*claude_called("a"), tools=[CLAUDE_TOOL]),
    "a tool id with a bar from Anthropic": anthropic(
        *claude_called("a|b", {"type": "text", "text": "x"}), tools=[CLAUDE_TOOL]
    ),
    "five cache points": anthropic(file(CACHED, CACHED, CACHED, CACHED), system=[CACHED]),
}
FOR_CLAUDE = {
    "temperature and top_p": openai(temperature=0.5, top_p=0.5),
    "a stop sequence of whitespace": openai(stop=["\n"]),
    "an id that another turn had": openai(HI, called(), answered(), called(), answered(), tools=[TOOL]),
}


def ask(chat: Serving, model: str, route: str, body: dict[str, object]) -> tuple[int, str]:
    with Client(chat.url) as client:
        headers = {"Content-Type": "application/json"}
        response = client.send("POST", f"/prod/{model}{route}", json.dumps(body), headers)
        return response.status, response.read().decode()


@pytest.mark.parametrize("model", ["nova", "claude"])
@pytest.mark.parametrize("name", REQUESTS)
def test_bundled_chat_request_of_a_client_is_accepted_by_bedrock(
    chat: Serving, name: str, model: str
) -> None:
    status, content = ask(chat, model, *REQUESTS[name])
    assert status == 200, content


@pytest.mark.parametrize("name", FOR_CLAUDE)
def test_bundled_chat_request_of_a_client_is_accepted_by_claude(chat: Serving, name: str) -> None:
    status, content = ask(chat, "claude", *FOR_CLAUDE[name])
    assert status == 200, content
