"""What the deployment decides holds for every body in Anthropic's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat.json_body import JsonObject
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.claude.asking import (
    HI,
    MODELS,
    SONNET_4_5,
    Client,
    Refusal,
    read,
    sent,
)

PROMPT = "Answer as a pirate."
GUARDRAIL = {"guardrailIdentifier": "g", "guardrailVersion": "1", "streamProcessingMode": "async"}
LIMIT = 100
DECIDED: dict[str, Any] = {
    "system": PROMPT,
    "maxTokens": LIMIT,
    "serviceTier": "flex",
    "latency": "optimized",
}


def decided(model: str = SONNET_4_5, **more: object) -> dict[str, Any]:
    one = {"modelId": model, "guardrailConfig": GUARDRAIL, "projectIdentifier": "proj_1"}
    return {**DECIDED, "models": [one], **more}


def asked(settings: dict[str, Any], **members: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the arguments of the call."""
    call, request = read(settings=settings, **members)
    client = Client()
    call.ask(client, request.settings.model(None))
    (arguments,) = client.asked
    return arguments


def test_claude_decisions_are_in_headers_and_body() -> None:
    arguments = asked(decided())
    body = json.loads(arguments.pop("body"))
    assert arguments == {
        "modelId": SONNET_4_5,
        "contentType": "application/json",
        "guardrailIdentifier": "g",
        "guardrailVersion": "1",
        "serviceTier": "flex",
        "performanceConfigLatency": "optimized",
        "projectIdentifier": "proj_1",
    }
    assert body == {
        "amazon-bedrock-guardrailConfig": {"streamProcessingMode": "ASYNCHRONOUS"},
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "messages": HI,
        "system": [{"type": "text", "text": PROMPT}],
    }


def test_claude_decisions_token_limit_is_the_highest_value() -> None:
    for wanted in (5, LIMIT, 10**6):
        body, _ = sent(settings=decided(), max_tokens=wanted)
        assert body["max_tokens"] == min(wanted, LIMIT)


@pytest.mark.parametrize("budget", [LIMIT, 10**6, "many", True])
def test_claude_decisions_thinking_budget_beyond_the_limit_is_a_400(budget: object) -> None:
    thinking = {"type": "enabled", "budget_tokens": budget}
    with pytest.raises(HTTPError, match=r"thinking.budget_tokens must be an integer below 100"):
        read(settings=decided(), thinking=thinking)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"system": "x"}, "system"),
        ({"system": [{"type": "text", "text": "x"}]}, "system"),
        ({"messages": [*HI, {"role": "system", "content": "x"}]}, "system"),
    ],
)
def test_claude_decisions_system_prompt_of_a_caller_is_a_400_unless_allowed(
    members: dict[str, Any], param: str
) -> None:
    with pytest.raises(HTTPError) as caught:
        read(settings=decided(), **members)
    assert (caught.value.code, caught.value.param) == ("not_allowed", param)
    body, _ = sent(settings=decided(callerMaySet=["system"]), **members)
    assert [block["text"] for block in body["system"]] == [PROMPT, "x"]


def test_claude_decisions_system_message_of_a_later_model_is_a_400() -> None:
    with pytest.raises(HTTPError, match="this API decides the system prompt"):
        read(settings=decided(MODELS[-1]), messages=[*HI, {"role": "system", "content": "x"}])


@pytest.mark.parametrize("name", ["s3Location", "systemTool"])
def test_claude_decisions_names_that_the_deployment_opens_are_refused_anywhere(name: str) -> None:
    block = {"type": "text", "text": "x", "citations": [{name: {}}]}
    with pytest.raises(HTTPError, match=f"{name} is not allowed by this API"):
        read(messages=[{"role": "user", "content": [block]}])


def test_claude_decisions_hold_for_the_second_attempt_as_well() -> None:
    def refuse(body: dict[str, Any]) -> str | None:
        return "top_k: Extra inputs are not permitted" if "top_k" in body else None

    call, request = read(settings=decided(), top_k=5, max_tokens=10**6)
    client = Client(refuse=refuse)
    call.ask(client, request.settings.model(None))
    first, second = client.bodies
    assert first.pop("top_k") == 5
    assert first == second


@pytest.mark.parametrize(
    "path",
    [
        "system",
        "max_tokens",
        "messages",
        "anthropic_version",
        "tools",
        "amazon-bedrock-guardrailConfig",
        "unheard_of",
        "messages.7.content",
        "messages.0.content.x",
    ],
)
def test_claude_decisions_refused_path_of_what_is_needed_is_the_error(path: str) -> None:
    client = Client(refuse=lambda body: f"{path}: Extra inputs are not permitted")
    call, request = read(settings=decided())
    with pytest.raises(Refusal):
        call.ask(client, request.settings.model(None))
    assert len(client.asked) == 1


def test_claude_decisions_body_is_not_changed_by_what_is_sent() -> None:
    given = {"messages": HI, "max_tokens": 10**6, "metadata": {"user_id": "u"}}
    before = json.dumps(given)
    call, request = read(body=given, settings=decided())
    call.ask(Client(), request.settings.model(None))
    assert json.dumps(JsonObject(given).value) == before
