"""The relay of a function: what its handler reads of it, and the permissions that it needs and no others."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_streaming_api import BedrockFunction, BedrockLatency, BedrockModel, BedrockRelay, BedrockServiceTier
from tests.synth.test_bedrock_settings import settings_of

REGIONS = ["us-east-1", "us-west-2"]
CLAUDE = BedrockModel("us.anthropic.claude-opus-4-8", destination_regions=REGIONS)
GPT = BedrockModel("us.openai.gpt-5.6-sol", destination_regions=REGIONS)
STREAM, INVOKE = "bedrock:InvokeModelWithResponseStream", "bedrock:InvokeModel"


def statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    """Return the statements of the function's role that are about Bedrock."""
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    found = policy["Properties"]["PolicyDocument"]["Statement"]
    actions = [[each["Action"]] if isinstance(each["Action"], str) else each["Action"] for each in found]
    about = [{**each, "Action": names} for each, names in zip(found, actions, strict=True)]
    return [each for each in about if "bedrock:" in str(each["Action"])]


@pytest.mark.parametrize(
    ("relay", "apis"),
    [
        (BedrockRelay.INVOKE_MODEL, [None, None]),
        (BedrockRelay.NONE, [None, None]),
        (BedrockRelay.MESSAGES, ["messages", None]),
        (BedrockRelay.RESPONSES, [None, "responses"]),
        (BedrockRelay.VENDOR_APIS, ["messages", "responses"]),
    ],
)
def test_bedrock_relay_is_read_by_the_handler_for_each_model(
    stack: cdk.Stack, relay: BedrockRelay, apis: list[str | None]
) -> None:
    BedrockFunction(stack, "Chat", model=CLAUDE, models=[GPT], relay=relay)
    settings = settings_of(stack)
    assert [settings.vendor_api(model) for model in settings.models] == apis
    assert settings.relays(settings.models[0]) is (relay is not BedrockRelay.NONE)


@pytest.mark.parametrize("relay", BedrockRelay)
def test_bedrock_relay_of_responses_alone_allows_invoke_model_and_on_the_project_alone(
    stack: cdk.Stack, relay: BedrockRelay
) -> None:
    BedrockFunction(stack, "Chat", model=CLAUDE, models=[GPT], relay=relay)
    found = statements(stack)
    invoking = [each for each in found if INVOKE in each["Action"]]
    if relay not in (BedrockRelay.RESPONSES, BedrockRelay.VENDOR_APIS):
        assert invoking == []
        return
    (project,) = invoking
    assert project["Action"] == [INVOKE, STREAM]
    assert str(project["Resource"]).count(":project/default") == 1
    assert "Condition" not in project
    others = [each["Action"] for each in found if each is not project]
    assert others == [[STREAM]] * len(others)


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (BedrockModel("us.openai.gpt-5.6-sol", destination_regions=REGIONS, project="proj_1"), {}),
        (
            BedrockModel(
                "us.openai.gpt-5.6-sol",
                destination_regions=REGIONS,
                guardrail="gr1a2b3c4d5e",
                guardrail_version="1",
            ),
            {},
        ),
        (GPT, {"service_tier": BedrockServiceTier.FLEX}),
        (GPT, {"latency": BedrockLatency.OPTIMIZED}),
        (BedrockModel("us.openai.gpt-5.2", destination_regions=REGIONS), {}),
        (BedrockModel("openai.gpt-oss-120b-1:0"), {}),
        (CLAUDE, {}),
    ],
)
def test_bedrock_relay_that_reaches_no_model_is_refused(
    stack: cdk.Stack, model: BedrockModel, more: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"relay RESPONSES must reach a model, got '.*': it reaches Claude"):
        BedrockFunction(stack, "Chat", model=model, relay=BedrockRelay.RESPONSES, **more)


@pytest.mark.parametrize(
    ("model_id", "apis"),
    [
        ("us.anthropic.claude-opus-4-6-v1", {"messages"}),
        ("global.anthropic.claude-sonnet-5", {"messages"}),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", set()),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", set()),
        ("anthropic.claude-opus-4-6-v1", set()),
        ("global.openai.gpt-5.4", {"responses"}),
        ("us.openai.gpt-6-sol", {"responses"}),
        ("us.openai.gpt-5.3", set()),
        ("openai.gpt-5.6-sol", set()),
        ("us.amazon.nova-lite-v1:0", set()),
    ],
)
def test_bedrock_relay_knows_the_models_that_bedrock_serves_there(model_id: str, apis: set[str]) -> None:
    assert BedrockModel(model_id)._vendor_apis() == apis


def test_bedrock_grant_responses_of_a_model_without_the_api_is_refused(stack: cdk.Stack) -> None:
    function = BedrockFunction(stack, "Chat", model=CLAUDE)
    with pytest.raises(
        ValueError, match=r"'us.anthropic.claude-opus-4-8' is not known to have the Responses API"
    ):
        CLAUDE.grant_responses(function)
    guarded = BedrockModel("us.openai.gpt-5.6-sol", guardrail="gr1a2b3c4d5e", destination_regions=REGIONS)
    with pytest.raises(ValueError, match="does not hold the guardrail"):
        guarded.grant_responses(function)
    other = BedrockModel("us.openai.gpt-5.6-sol", project="proj_1", destination_regions=REGIONS)
    with pytest.raises(ValueError, match="takes the default project only, got project 'proj_1'"):
        other.grant_responses(function)
