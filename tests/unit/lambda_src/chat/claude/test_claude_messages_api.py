"""Anthropic's Messages on Bedrock's path for them: the same filter, with that path's betas and edits."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from chat.formats.claude.members import BETAS, BODY, CLIENT_TOOLS, MESSAGES_BODY, SOURCES
from chat.formats.claude.messages_api import PATH
from chat.limits.caller_fields import DEFAULT
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.anthropic.checks import check_messages_body
from streaming_api_tools.local.services.bedrock.anthropic.members import (
    MESSAGES_MEMBERS,
    MESSAGES_REFUSED_BETAS,
)
from streaming_api_tools.local.services.bedrock.validation.refusals import RefusedError
from tests.unit.lambda_src.chat.claude.asking import HI, OPUS_4_6, OPUS_4_8, SONNET_5, Client, read
from tests.unit.lambda_src.chat.claude.test_claude_any_body import BODIES, FILTERED, Bodies, nodes
from tests.unit.lambda_src.chat.claude.test_claude_decisions import LIMIT, PROMPT

MODELS = (OPUS_4_6, OPUS_4_8, SONNET_5)
BETA = "mid-conversation-system-2026-04-07"


def settings(model: str = OPUS_4_8, **more: object) -> dict[str, Any]:
    """Return BEDROCK_SETTINGS of a function whose model has the API."""
    return {"models": [{"modelId": model, "vendorApi": "messages"}], **more}


def asked(
    model: str = OPUS_4_8,
    deployed: dict[str, Any] | None = None,
    **given: Any,  # noqa: ANN401
) -> tuple[dict[str, Any], str]:
    """Return the arguments of the call, and the header that names what was dropped."""
    call, request = read(model, settings=settings(model, **(deployed or {})), **given)
    client = Client()
    call.ask(client, request.settings.model(None))
    (arguments,) = client.asked
    return arguments, request.dropped.header()


def test_claude_messages_api_gets_version_and_betas_in_headers() -> None:
    beta = "effort-2025-11-24"
    arguments, dropped = asked(headers={"anthropic-beta": f"{beta},{BETA}, x"})
    assert dropped == "unknown: 1"
    assert arguments["headers"] == {"anthropic-version": "2023-06-01", "anthropic-beta": f"{beta},{BETA}"}
    assert arguments["path"] == PATH
    body = {"max_tokens": 9, "messages": HI, "model": OPUS_4_8, "stream": True}
    assert json.loads(arguments["body"]) == body


def test_claude_messages_api_gets_no_beta_header_without_betas() -> None:
    assert asked()[0]["headers"] == {"anthropic-version": "2023-06-01"}


def test_claude_messages_api_takes_an_edit_that_invoke_model_refuses() -> None:
    edits = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
    given: Any = {"context_management": edits, "headers": {"anthropic-beta": "context-management-2025-06-27"}}
    assert json.loads(asked(**given)[0]["body"])["context_management"] == edits
    assert "context_management" not in json.loads(
        asked(deployed={"models": [{"modelId": OPUS_4_8}]}, **given)[0]["body"]
    )


@pytest.mark.parametrize("beta", [None, BETA])
def test_claude_messages_api_role_system_within_messages_needs_its_beta(beta: str | None) -> None:
    messages = [*HI, {"role": "system", "content": "Be brief."}, *HI]
    body = json.loads(asked(messages=messages, headers={"anthropic-beta": beta or ""})[0]["body"])
    if beta:
        assert body["messages"] == messages
    else:
        assert (body["messages"], body["system"]) == ([*HI, *HI], [{"type": "text", "text": "Be brief."}])


@pytest.mark.parametrize("beta", sorted(MESSAGES_BODY.betas - BETAS))
def test_claude_messages_api_beta_of_its_own_does_not_reach_invoke_model(beta: str) -> None:
    assert f"anthropic_beta={beta}" in DEFAULT
    given: Any = {"headers": {"anthropic-beta": beta}}
    assert asked(**given)[0]["headers"]["anthropic-beta"] == beta
    arguments, dropped = asked(deployed={"models": [{"modelId": OPUS_4_8}]}, **given)
    assert "anthropic_beta" not in json.loads(arguments["body"])
    assert dropped == f"anthropic-beta: {beta}"


def test_claude_messages_api_betas_are_not_those_that_the_stand_in_refuses() -> None:
    assert not MESSAGES_BODY.betas & MESSAGES_REFUSED_BETAS


def test_claude_messages_api_form_of_the_answer_goes_through_invoke_model() -> None:
    config = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    arguments, _ = asked(OPUS_4_6, output_config=config)
    assert "path" not in arguments
    assert json.loads(arguments["body"])["output_config"] == config


@pytest.mark.parametrize(
    "decided",
    [
        {"serviceTier": "flex"},
        {"latency": "optimized"},
        {"models": [{"modelId": OPUS_4_8, "vendorApi": "messages", "projectIdentifier": "proj_1"}]},
        {
            "models": [
                {
                    "modelId": OPUS_4_8,
                    "vendorApi": "messages",
                    "guardrailConfig": {"guardrailIdentifier": "g"},
                }
            ]
        },
    ],
)
def test_claude_messages_api_decision_that_it_is_not_known_to_hold_goes_through_invoke_model(
    decided: dict[str, Any],
) -> None:
    arguments, _ = asked(deployed=decided)
    assert "path" not in arguments
    assert arguments["modelId"] == OPUS_4_8


def test_claude_messages_api_decisions_hold_for_every_body_that_leaves() -> None:
    left = 0
    for seed in range(BODIES):
        body, free = Bodies(seed).body(), seed % 2 == 0
        body.pop("model", None)
        model = Random(seed).choice(MODELS)
        deployed = {"system": PROMPT, "maxTokens": LIMIT, **({"callerMaySet": ["system"]} if free else {})}
        try:
            call, request = read(model, body=body, settings=settings(model, **deployed))
        except HTTPError as error:
            if error.status >= 500:
                raise
            continue
        client = Client()
        if (
            call.ask is None
            or not call.ask(client, request.settings.model(None))
            or "path" not in client.asked[0]
        ):
            continue
        left += 1
        (arguments,) = client.asked
        sent = json.loads(arguments["body"])
        try:
            hold(arguments["headers"], sent, model, prompted=not free)
        except AssertionError as error:
            raise AssertionError(f"{model} with {json.dumps(body)} leaves as {json.dumps(sent)}") from error
        assert refused_as(sent, arguments["headers"]) is None, (seed, sent)
    # else chance would not get far
    assert left > BODIES / 10


def hold(headers: dict[str, str], body: dict[str, Any], model: str, *, prompted: bool) -> None:
    """Fail unless a request that leaves holds every decision.

    :param prompted: whether the deployment alone decides the system prompt
    """
    assert headers.keys() <= {"anthropic-version", "anthropic-beta"}
    betas = set(headers.get("anthropic-beta", "").split(",")) - {""}
    assert betas <= {each.partition("=")[2] for each in DEFAULT}
    assert (body["model"], body["stream"]) == (model, True)
    assert 1 <= body["max_tokens"] <= LIMIT
    budget = body.get("thinking", {}).get("budget_tokens")
    assert budget is None or budget < LIMIT
    assert body["system"][0] == {"type": "text", "text": PROMPT}
    if prompted:
        assert len(body["system"]) == 1
        assert all(message["role"] != "system" for message in body["messages"])
    assert body.keys() <= {*BODY} - {"mcp_servers", "anthropic_beta", "anthropic_version"}
    assert body.keys() <= MESSAGES_MEMBERS
    for tool in body.get("tools", []):
        assert tool.get("type", "custom").startswith(("custom", *CLIENT_TOOLS))
    for node in nodes(body):
        assert not node.keys() & {"s3Location", "systemTool"}
        if node.get("type") in ("image", "document") and "source" in node:
            assert node["source"]["type"] in SOURCES


def refused_as(body: dict[str, Any], headers: dict[str, str]) -> str | None:
    """Return the stand-in's refusal of a body, if the filter is there to avoid it."""
    try:
        check_messages_body(body, [each for each in headers.get("anthropic-beta", "").split(",") if each])
    except RefusedError as error:
        return (
            str(error)
            if error.refusal.name in {*FILTERED, "beta header", "server tool of messages"}
            else None
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        # a value of a type that the filter leaves to Bedrock
        return None
    return None
