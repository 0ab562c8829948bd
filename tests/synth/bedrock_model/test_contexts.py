"""A model of a token, of a context and of another geography: what is granted, refused and warned about."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from cdk_streaming_api._bedrock.model import BedrockModel
from tests.synth.bedrock_model.test_grants import ENV, NOVA, US_NOVA, US_REGIONS, granted, role, text


def test_bedrock_model_prefix_of_other_geography_is_refused_with_likely_one(placed: cdk.Stack) -> None:
    with pytest.raises(
        ValueError, match=r"cannot be called from us-east-1, .* probably it is 'us.amazon.nova"
    ):
        BedrockModel(f"eu.{NOVA}").grant_stream(role(placed))


def test_bedrock_model_prefix_is_not_checked_without_a_region(stack: cdk.Stack) -> None:
    assert BedrockModel(f"eu.{NOVA}", destination_regions=["eu-west-1"]).grant_stream(role(stack)).success


def test_bedrock_model_context_gives_the_destination_regions(context: dict[str, object]) -> None:
    key = f"streaming-api:inference-profile:region=us-east-1:profile={US_NOVA}"
    listed = [f"arn:aws:bedrock:{region}::foundation-model/{NOVA}" for region in US_REGIONS]
    app = cdk.App(context={**context, key: {"models": listed}}, analytics_reporting=False)
    stack = cdk.Stack(app, "Placed", env=ENV)
    BedrockModel(US_NOVA).grant_stream(role(stack))
    resources = [text(each) for each in granted(stack)[1]["Resource"]]
    assert {each.split(":")[3] for each in resources} == set(US_REGIONS)
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


def test_bedrock_model_context_gives_models_of_an_application_profile(context: dict[str, object]) -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2c3d4e5f6"
    listed = [f"arn:aws:bedrock:us-west-2::foundation-model/{NOVA}"]
    key = f"streaming-api:inference-profile:region=us-east-1:profile={arn}"
    app = cdk.App(context={**context, key: {"models": listed}}, analytics_reporting=False)
    stack = cdk.Stack(app, "Placed", env=ENV)
    BedrockModel(arn).grant_stream(role(stack))
    assert granted(stack)[1]["Resource"] == listed


def test_bedrock_model_context_of_wrong_form_is_refused(context: dict[str, object]) -> None:
    key = f"streaming-api:inference-profile:region=us-east-1:profile={US_NOVA}"
    stack = cdk.Stack(cdk.App(context={**context, key: ["us-east-1"]}), "Placed", env=ENV)
    with pytest.raises(ValueError, match="context value 'streaming-api:inference-profile"):
        BedrockModel(US_NOVA).grant_stream(role(stack))


WARNED = {
    US_NOVA: ("the destination Regions of", "streaming-api doctor", "bedrockDestinationRegions]"),
    "anthropic.claude-sonnet-4-20250514-v1:0": ("end of life on 2026-10-14", "bedrockLifecycle]"),
    "arn:aws:bedrock:us-east-1:111122223333:prompt/A1B2C3D4E5": (
        "no model may run it",
        "bedrockModelsBehind]",
    ),
}


@pytest.mark.parametrize("model_id", WARNED)
def test_bedrock_model_wildcard_is_a_warning_at_the_grantee(placed: cdk.Stack, model_id: str) -> None:
    BedrockModel(model_id).grant_stream(role(placed))
    found = Annotations.from_stack(placed).find_warning("/Placed/Role", Match.any_value())
    (message,) = [str(each.entry.data) for each in found]
    assert all(part in message for part in WARNED[model_id])


def test_bedrock_model_warning_can_be_acknowledged(placed: cdk.Stack) -> None:
    grantee = role(placed)
    cdk.Annotations.of(grantee).acknowledge_warning("cdk-streaming-api:bedrockDestinationRegions", "known")
    BedrockModel(US_NOVA).grant_stream(grantee)
    Annotations.from_stack(placed).has_no_warning("*", Match.any_value())
