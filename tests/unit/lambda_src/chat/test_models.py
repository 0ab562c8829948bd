"""The models that a caller may choose, in the words of OpenAI's and of Anthropic's clients."""

from __future__ import annotations

import json

import pytest
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.streams import call, respond

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
IDS = ["us.amazon.nova-2-lite-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"]
SETTINGS = ChatSettings("x", json.dumps({"models": [{"modelId": each} for each in (*IDS, ARN)]}))
ANTHROPIC = {"Anthropic-Version": "2023-06-01"}
OPENAIS = [
    {"id": each, "object": "model", "created": 0, "owned_by": "amazon-bedrock"} for each in (*IDS, "abc")
]
ANTHROPICS = [
    {"type": "model", "id": each, "display_name": each, "created_at": "1970-01-01T00:00:00Z"}
    for each in (*IDS, "abc")
]


def body(path: str, headers: dict[str, str] | None = None) -> object:
    return respond(call(path, None, settings=SETTINGS, headers=headers), []).body


def test_chat_models_route_lists_the_allowed_models() -> None:
    assert body("/v1/models") == {"object": "list", "data": OPENAIS}
    assert body("/base/v1/models/", ANTHROPIC) == {
        "data": ANTHROPICS,
        "has_more": False,
        "first_id": IDS[0],
        "last_id": "abc",
    }


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("encoded", [False, True])
def test_chat_model_by_id_is_returned(number: int, encoded: bool) -> None:
    name = str(OPENAIS[number]["id"])
    path = f"/prod/v1/models/{name.replace(':', '%3A') if encoded else name}"
    assert body(path) == OPENAIS[number]
    assert body(path, ANTHROPIC) == ANTHROPICS[number]


@pytest.mark.parametrize("name", ["other", "us.amazon", "%2e%2e"])
def test_chat_model_by_id_not_allowed_is_not_found(name: str) -> None:
    with pytest.raises(HTTPError) as caught:
        body(f"/v1/models/{name}")
    assert (caught.value.status, caught.value.code) == (404, "model_not_found")
