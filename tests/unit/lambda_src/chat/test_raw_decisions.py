"""Bodies in a model's own words on Bedrock's own route: nothing decided at deployment is got around."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from chat.limits.families import FAMILIES, family_of
from chat.limits.native_policy import REFUSED, URLS
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.claude.asking import HI, MODELS, SONNET_4_5, TOOL, Client
from tests.unit.lambda_src.chat.claude.test_claude_any_body import BODIES, Bodies, hold, nodes, refused_as
from tests.unit.lambda_src.chat.claude.test_claude_decisions import LIMIT, PROMPT, decided
from tests.unit.lambda_src.chat.streams import call

LLAMA, QWEN, NOVA = "meta.llama3-8b-instruct-v1:0", "qwen.qwen3-32b-v1:0", "amazon.nova-lite-v1:0"

FORMAT = "output_config.format: Extra inputs are not permitted"


def leaving(
    model: str,
    body: Mapping[str, object],
    settings: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of the call, and the body that leaves."""
    given = ChatSettings(model, json.dumps(settings or {}))
    asked = call(f"/model/{model}/invoke-with-response-stream", body, settings=given, headers=headers)
    client = Client()
    assert asked.ask is not None
    asked.ask(client, given.model(None))
    return client.asked[0], client.bodies[0]


def refused(model: str, body: Mapping[str, object], **settings: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        leaving(model, body, settings)
    assert caught.value.status == 400
    return caught.value


def test_raw_body_of_claude_passes_the_filter_of_the_relay() -> None:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 10**6,
        "messages": HI,
        "tools": [{**TOOL, "name": "a.b"}],
        "metadata": {"user_id": "{me}"},
        "speed": "fast",
        "x": 1,
    }
    arguments, sent = leaving(SONNET_4_5, body, decided())
    assert sent.pop("amazon-bedrock-guardrailConfig") == {"streamProcessingMode": "ASYNCHRONOUS"}
    assert sent["system"] == [{"type": "text", "text": PROMPT}]
    assert (sent["max_tokens"], sent["tools"][0]["name"]) == (LIMIT, "a.b")
    assert sent.keys() == {"anthropic_version", "max_tokens", "messages", "tools", "metadata", "system"}
    assert sent["metadata"]["user_id"] != "{me}"
    assert arguments["guardrailIdentifier"] == "g"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"system": "x"}, "system"),
        ({"tools": [{"type": "web_search_20250305", "name": "w"}]}, "tools[0].type"),
        ({"mcp_servers": [{"url": "https://x"}]}, "mcp_servers"),
        ({"anthropic_beta": ["context-1m-2025-08-07"]}, "anthropic_beta"),
        ({"thinking": {"type": "enabled", "budget_tokens": LIMIT}}, "thinking.budget_tokens"),
        ({"amazon-bedrock-guardrailConfig": {}}, "amazon-bedrock-guardrailConfig"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image", "source": {"type": "url", "url": "https://x"}}],
                    }
                ]
            },
            "messages[0].content[0].source",
        ),
    ],
)
def test_raw_body_of_claude_with_what_is_decided_is_a_400(body: dict[str, Any], param: str) -> None:
    given = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": HI, **body}
    assert refused(SONNET_4_5, given, **decided()).param == param


def test_raw_body_of_claude_behind_an_application_profile_is_known_by_its_version() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    given = ChatSettings(arn, json.dumps({"system": PROMPT}))
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": HI, "x": 1}
    asked = call("/model/abc/invoke-with-response-stream", body, settings=given)
    client = Client()
    assert asked.ask is not None
    asked.ask(client, given.model(None))
    assert client.bodies[0]["system"] == [{"type": "text", "text": PROMPT}]
    assert "x" not in client.bodies[0]


def test_raw_body_of_any_kind_to_claude_holds_every_decision() -> None:
    left = 0
    for seed in range(BODIES):
        body, free = Bodies(seed).body(), seed % 2 == 0
        given = {**body, "anthropic_version": "bedrock-2023-05-31"}
        for name in [name for name in given if name.startswith("amazon-bedrock-")]:
            del given[name]
        model = Random(seed).choice(MODELS)
        try:
            arguments, sent = leaving(
                model, given, decided(model, **({"callerMaySet": ["system"]} if free else {}))
            )
        except HTTPError as error:
            if error.status >= 500:
                raise
            continue
        left += 1
        try:
            hold(arguments, sent, prompted=not free)
        except AssertionError as error:
            raise AssertionError(f"{model} with {json.dumps(given)} leaves as {json.dumps(sent)}") from error
        # which the relay would send through ConverseStream; here it is Bedrock's to refuse
        assert (refused_as(model, sent) or "").removeprefix(FORMAT) == "", (seed, sent)
    # else chance would not get far
    assert left > BODIES / 20


@pytest.mark.parametrize("name", REFUSED)
def test_raw_body_with_what_a_server_would_run_or_store_is_a_400(name: str) -> None:
    assert refused(QWEN, {"messages": HI, name: "x"}).param == name
    leaving(QWEN, {"messages": HI, name: None})


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("url", ["https://169.254.169.254/", "s3://b/k", " HTTP://x", "file:///etc"])
def test_raw_body_with_what_would_be_fetched_is_a_400(name: str, url: str) -> None:
    part = {"type": "image_url", "x": {name: url}}
    assert refused(QWEN, {"messages": [{"role": "user", "content": [part]}]}).param == name


def test_raw_body_may_have_urls_that_are_fetched_by_nobody() -> None:
    tool = {"type": "function", "function": {"name": "w", "parameters": {"url": "https://x"}}}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    body = {
        "messages": [{"role": "user", "content": [image, {"type": "text", "text": "https://x"}]}],
        "tools": [tool],
    }
    assert leaving(QWEN, body)[1] == body
    from_s3 = {"messages": [{"role": "user", "content": [{"url": "s3://b/k"}]}]}
    assert leaving(QWEN, from_s3, {"callerMaySend": ["s3Location"]})[1] == from_s3


def test_raw_body_with_a_tool_of_a_server_is_a_400_unless_allowed() -> None:
    body = {"messages": HI, "tools": [{"type": "web_search"}]}
    assert refused(QWEN, body).param == "tools"
    assert leaving(QWEN, body, {"callerMaySend": ["systemTool"]})[1] == body


@pytest.mark.parametrize(
    ("tier", "free"), [("auto", True), ("default", True), ("flex", False), ("priority", False)]
)
def test_raw_body_with_a_tier_of_another_price_is_a_400_unless_allowed(tier: str, free: bool) -> None:
    body = {"messages": HI, "service_tier": tier}
    if not free:
        assert refused(QWEN, body).param == "service_tier"
    assert leaving(QWEN, body, {} if free else {"callerMaySet": ["serviceTier"]})[1] == body


@pytest.mark.parametrize("begin", [begin for begin in FAMILIES if begin != "anthropic."])
def test_raw_body_of_any_other_family_is_closed_by_a_system_prompt_and_limited(begin: str) -> None:
    model = f"{begin}x"
    family = family_of(model)
    assert family is not None
    assert refused(model, {"prompt": "x"}, system=PROMPT).code == "not_allowed"
    _, sent = leaving(model, {"prompt": "x"}, {"maxTokens": LIMIT})
    held: Any = sent
    for name in family.limit:
        held = held[name]
    assert held == LIMIT
    assert not any("s3Location" in node for node in nodes(sent))


def test_raw_body_with_a_thinking_budget_beyond_the_limit_is_a_400() -> None:
    body = {"messages": HI, "thinking": {"budget_tokens": LIMIT}}
    assert refused(QWEN, body, maxTokens=LIMIT).param == "thinking.budget_tokens"
