"""The bundled chat function on Bedrock's paths for the APIs of other vendors, through the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.serving import Serving, application, integration, template
from tests.local.test_bedrock_chat import ask, function

CLAUDE, GPT = "us.anthropic.claude-opus-4-8", "us.openai.gpt-5.6-sol"
PROMPT = "Answer as a pirate."
SAY = "[[say=Hello there.]]"
#: Model -> path and body of a request in the API of its vendor.
REQUESTS: dict[str, tuple[str, dict[str, object]]] = {
    "claude": ("/v1/messages", {"max_tokens": 99, "messages": [{"role": "user", "content": SAY}]}),
    "gpt": ("/v1/responses", {"input": SAY, "metadata": {"a": "b"}, "tools": [{"type": "web_search"}]}),
}


def relaying(model: str, api: str) -> dict[str, object]:
    """Return a function whose model is asked in the API of its vendor."""
    settings = {"models": [{"modelId": model, "vendorApi": api}], "system": PROMPT, "maxTokens": 50}
    defined: Any = function(model)
    defined["Properties"]["Environment"]["Variables"]["BEDROCK_SETTINGS"] = json.dumps(settings)
    return dict(defined)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Yield the gateway with one function for each vendor."""
    content = template(
        {
            "ANY /claude/{proxy+}": {"integration": integration("Claude", {})},
            "ANY /gpt/{proxy+}": {"integration": integration("Gpt", {})},
        },
        Claude=relaying(CLAUDE, "messages"),
        Gpt=relaying(GPT, "responses"),
    )
    with Serving(application(content, tmp_path_factory.mktemp("relays")), token_delay=0) as serving:
        yield serving


@pytest.mark.parametrize(("model", "last"), [("claude", "message_stop"), ("gpt", "response.completed")])
def test_bundled_chat_stream_of_a_vendors_api_is_whole(chat: Serving, model: str, last: str) -> None:
    path, body = REQUESTS[model]
    status, content = ask(chat, model, path, {**body, "stream": True})
    blocks = [block.split("\n") for block in content.rstrip("\n").split("\n\n")]
    events = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
    assert status == 200, content
    assert [head for head, _ in blocks] == [f"event: {event['type']}" for event in events]
    assert events[-1]["type"] == last
    assert '"Hello "' in content
    # which the stand-in repeats, as Bedrock does
    assert PROMPT not in content


def test_bundled_chat_whole_answer_of_messages_is_the_models(chat: Serving) -> None:
    status, content = ask(chat, "claude", *REQUESTS["claude"])
    message = json.loads(content)
    assert (status, message["content"], message["model"]) == (
        200,
        [{"type": "text", "text": "Hello there."}],
        CLAUDE,
    )


def test_bundled_chat_whole_answer_of_responses_is_the_models(chat: Serving) -> None:
    status, content = ask(chat, "gpt", *REQUESTS["gpt"])
    response = json.loads(content)
    assert (status, response["output"][0]["content"][0]["text"]) == (200, "Hello there.")
    assert (response["metadata"], response["store"], response["instructions"]) == ({"a": "b"}, False, None)


@pytest.mark.parametrize("model", REQUESTS)
def test_bundled_chat_refusal_of_a_vendors_api_has_its_status(chat: Serving, model: str) -> None:
    path, body = REQUESTS[model]
    text = json.dumps(body).replace(SAY, "[[ThrottlingException]]")
    status, content = ask(chat, model, path, json.loads(text))
    assert (status, json.loads(content)["error"]["type"]) == (429, "rate_limit_error")
