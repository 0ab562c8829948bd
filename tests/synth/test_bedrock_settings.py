"""What the bundled handler is told at deployment, read back by the handler itself."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from chat.limits.caller_fields import DEFAULT
from chat.settings import DECIDED_HERE, ChatSettings

from cdk_streaming_api import (
    BedrockCallerSetting,
    BedrockFunction,
    BedrockGuardrailStreaming,
    BedrockLatency,
    BedrockModel,
    BedrockPrices,
    BedrockRelay,
    BedrockServiceTier,
)

NOVA = BedrockModel("amazon.nova-lite-v1:0")


def settings_of(stack: cdk.Stack) -> ChatSettings:
    """Return the settings as the handler reads them from the function's environment."""
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    variables = function["Properties"]["Environment"]["Variables"]
    return ChatSettings(variables["BEDROCK_MODEL_ID"], variables.get("BEDROCK_SETTINGS"))


def test_bedrock_settings_default_environment_is_the_model_id_and_where_usage_is_counted(
    stack: cdk.Stack,
) -> None:
    BedrockFunction(stack, "Chat", model=NOVA, prices=BedrockPrices(table=False))
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    variables = function["Properties"]["Environment"]["Variables"]
    assert set(variables) == {"BEDROCK_MODEL_ID", "BEDROCK_USAGE_NAMESPACE"}


def test_bedrock_settings_are_read_by_the_handler_as_given(stack: cdk.Stack) -> None:
    BedrockFunction(
        stack,
        "Chat",
        model=BedrockModel("amazon.nova-lite-v1:0", guardrail="gr1a2b3c4d5e", guardrail_version="2"),
        models=[BedrockModel("amazon.nova-micro-v1:0")],
        max_tokens=500,
        system_prompt='Say "hi"',
        service_tier=BedrockServiceTier.FLEX,
        latency=BedrockLatency.OPTIMIZED,
        guardrail_streaming=BedrockGuardrailStreaming.ASYNC,
        caller_settings=[BedrockCallerSetting.SERVICE_TIER],
        caller_may_send=["top_k", "anthropic_beta=context-1m-2025-08-07", "s3Location"],
        strict_members=True,
        log_content=True,
    )
    settings = settings_of(stack)
    assert [model.name for model in settings.models] == ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"]
    assert settings.models[0].guardrail == {
        "guardrailIdentifier": "gr1a2b3c4d5e",
        "guardrailVersion": "2",
        "streamProcessingMode": "async",
    }
    assert settings.models[1].guardrail is None
    assert (settings.max_tokens, settings.system) == (500, 'Say "hi"')
    assert (settings.service_tier, settings.latency) == ("flex", "optimized")
    assert settings.caller_may_set == {"serviceTier"}
    assert settings.log_content
    assert settings.strict_members
    assert settings.caller_fields.names == {"top_k", "anthropic_beta=context-1m-2025-08-07", "s3Location"}


@pytest.mark.parametrize(
    ("given", "names"),
    [({}, set(DEFAULT)), ({"caller_may_send": []}, set()), ({"caller_may_send": ["*"]}, {"*"})],
)
def test_caller_may_send_equals_the_fields_allowed_by_the_handler(
    stack: cdk.Stack, given: dict[str, Sequence[str]], names: set[str]
) -> None:
    BedrockFunction(stack, "Chat", model=NOVA, **given)  # type: ignore[arg-type]
    assert settings_of(stack).caller_fields.names - {"default"} == names


@pytest.mark.parametrize("item", ["", "a b", "a..b", "a=", "=a", "a.", "ä", "**", "a=b\n"])
def test_caller_may_send_item_without_field_name_is_refused(stack: cdk.Stack, item: str) -> None:
    with pytest.raises(ValueError, match="caller_may_send must have paths of fields"):
        BedrockFunction(stack, "Chat", model=NOVA, caller_may_send=[item])
    with pytest.raises(TypeError, match=r"caller_may_send of BedrockFunction .* must be a list"):
        BedrockFunction(stack, "Chat", model=NOVA, caller_may_send="top_k")


def test_bedrock_settings_relay_is_read_by_the_handler_and_asks_for_no_further_permission(
    stack: cdk.Stack,
) -> None:
    claude = BedrockModel("us.anthropic.claude-sonnet-4-5-20250929-v1:0", destination_regions=["us-east-1"])
    BedrockFunction(stack, "Relayed", model=claude)
    BedrockFunction(stack, "Converted", model=claude, relay=BedrockRelay.NONE)
    template = Template.from_stack(stack)
    relays = {}
    for function in template.find_resources("AWS::Lambda::Function").values():
        variables = function["Properties"]["Environment"]["Variables"]
        settings = ChatSettings(variables["BEDROCK_MODEL_ID"], variables.get("BEDROCK_SETTINGS"))
        relays[settings.relay] = settings.relays(settings.model(None))
    assert relays == {"invoke": True, "none": False}
    relayed, converted = (
        [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if "bedrock:" in str(each)]
        for policy in template.find_resources("AWS::IAM::Policy").values()
    )
    assert relayed == converted
    assert {each["Action"] for each in relayed} == {"bedrock:InvokeModelWithResponseStream"}


def test_bedrock_settings_each_model_is_granted(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=NOVA, models=[BedrockModel("amazon.nova-micro-v1:0")])
    policies = str(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))
    assert "amazon.nova-lite-v1:0" in policies
    assert "amazon.nova-micro-v1:0" in policies


def test_bedrock_settings_every_caller_setting_is_known_to_the_handler() -> None:
    assert {each.value for each in BedrockCallerSetting} == {*DECIDED_HERE, "system"}


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1, got 0"),
        ({"system_prompt": " "}, "system_prompt must not be blank"),
        ({"system_prompt": "ä" * 1025}, "system_prompt must fit .* 2048 bytes, got 2050"),
        (
            {"model": BedrockModel("amazon.nova-lite-v1:0", guardrail="gr1a2b3c4d5e")},
            "guardrail 'gr1a2b3c4d5e' needs a guardrail_version",
        ),
    ],
)
def test_bedrock_settings_value_out_of_range_of_bedrock_is_refused(
    stack: cdk.Stack, argument: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        BedrockFunction(stack, "Chat", **{"model": NOVA, **argument})  # type: ignore[arg-type]
