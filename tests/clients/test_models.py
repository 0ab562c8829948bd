"""A function with several models, asked in the words of every API."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.clients.deployment import GUARDRAIL, PROFILE
from tests.clients.test_error_table import ask
from tests.support.bedrock.directed import Bedrock

PATHS = ["chat", "v1/chat/completions", "v1/messages", "ui/chat", "model/{}/converse-stream"]


def body_of(path: str, prompt: str, model: str) -> dict[str, object]:
    """Return the body that asks a model."""
    content: dict[str, object] = {"role": "user", "content": prompt}
    if path == "ui/chat":
        content = {"role": "user", "parts": [{"type": "text", "text": prompt}]}
    elif not path.startswith("v1"):
        content = {"role": "user", "content": [{"text": prompt}]}
    body: dict[str, object] = {"messages": [content]}
    if not path.startswith("model/"):
        body["model"] = model
    if path == "v1/messages":
        body["max_tokens"] = 1000
    return body


@pytest.mark.parametrize("path", PATHS)
def test_chat_models_named_model_gets_its_guardrail_and_token_limit(
    api: str, model: Bedrock, path: str
) -> None:
    for name, asked in (("model-1", "model-1"), ("abc123", PROFILE)):
        prompt = f"text {name} {path}"
        status, _, answer = ask(api, f"several/{path.format(name)}", body_of(path, prompt, name))
        assert status == 200
        assert PROFILE not in answer
        headers, body = model.told[prompt]
        assert headers[":path"] == f"/model/{quote(asked, safe='')}/converse-stream"
        assert body["inferenceConfig"] == {"maxTokens": 50}
        assert body.get("guardrailConfig") == (GUARDRAIL if name == "model-1" else None)


@pytest.mark.parametrize("path", PATHS)
def test_chat_models_model_that_is_not_allowed_is_a_404(api: str, path: str, model: Bedrock) -> None:
    prompt = f"not allowed {path}"
    status, _, answer = ask(api, f"several/{path.format('other')}", body_of(path, prompt, "other"))
    assert (status, json.loads(answer)["error"]["code"]) == (404, "model_not_found")
    assert model.asked[prompt] == 0
