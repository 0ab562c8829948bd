"""From where a profile can be called, and what deserves a warning."""

from __future__ import annotations

import inspect
import re

import pytest
from aws_cdk import aws_bedrock
from bedrock_iam_docs import EXAMPLES, SOURCE, WILDCARDS

from cdk_streaming_api._bedrock.context import context_key, model_arns
from cdk_streaming_api._bedrock.invoked_model import InvokedModel, SourceRegion
from cdk_streaming_api._bedrock.lifecycle import RETIREMENTS
from cdk_streaming_api._bedrock.model_id import BedrockModelKind, parse
from cdk_streaming_api._bedrock.regions import PREFIXES
from cdk_streaming_api._bedrock.statements import statements
from cdk_streaming_api._bedrock.warnings import model_warnings
from streaming_api_templates.template.partitions import partition_of

OWNER = "arn:aws:bedrock:us-east-1:111122223333"


def source_in(region: str) -> SourceRegion:
    return SourceRegion(partition_of(region), region, "111122223333")


@pytest.mark.parametrize(
    ("prefix", "region"),
    [
        ("us", "us-east-1"),
        ("us", "ca-central-1"),
        ("us", "us-gov-west-1"),
        ("us-gov", "us-gov-east-1"),
        ("eu", "eu-central-2"),
        ("eu", "il-central-1"),
        ("apac", "ap-southeast-1"),
        ("apac", "me-central-1"),
        ("jp", "ap-northeast-3"),
        ("au", "ap-southeast-6"),
        ("in", "ap-south-2"),
        ("ca", "ca-central-1"),
        ("global", "sa-east-1"),
    ],
)
def test_bedrock_regions_profile_is_granted_in_regions_of_its_geography(prefix: str, region: str) -> None:
    target = InvokedModel(parse(f"{prefix}.amazon.nova-lite-v1:0"))
    assert f":{region}:" in statements(target, source_in(region))[0]["Resource"][0]


@pytest.mark.parametrize(
    ("prefix", "region", "hint"),
    [
        ("eu", "us-east-1", "us.amazon.nova-lite-v1:0"),
        ("us", "eu-west-1", "eu.amazon.nova-lite-v1:0"),
        ("apac", "us-west-2", "us.amazon.nova-lite-v1:0"),
        ("jp", "ap-southeast-1", "apac.amazon.nova-lite-v1:0"),
        ("us", "ap-northeast-1", "jp.amazon.nova-lite-v1:0"),
        ("us", "ap-southeast-2", "au.amazon.nova-lite-v1:0"),
        ("us", "sa-east-1", "global.amazon.nova-lite-v1:0"),
        ("global", "us-gov-west-1", "us-gov.amazon.nova-lite-v1:0"),
        ("us-gov", "us-east-1", "us.amazon.nova-lite-v1:0"),
    ],
)
def test_bedrock_regions_profile_of_other_geography_is_refused_with_likely_one(
    prefix: str, region: str, hint: str
) -> None:
    target = InvokedModel(parse(f"{prefix}.amazon.nova-lite-v1:0"))
    with pytest.raises(ValueError, match=f"cannot be called from {region}") as refusal:
        statements(target, source_in(region))
    assert f"probably it is '{hint}'" in str(refusal.value)


def test_bedrock_regions_profile_arn_is_checked_against_its_own_region() -> None:
    target = InvokedModel(
        parse("arn:aws:bedrock:eu-west-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0")
    )
    with pytest.raises(ValueError, match="cannot be called from eu-west-1"):
        statements(target, source_in("us-east-1"))


def test_bedrock_regions_profile_behind_prompt_is_checked() -> None:
    prompt = InvokedModel(
        parse(f"{OWNER}:prompt/A1B2C3D4E5"), models=(InvokedModel(parse("eu.amazon.nova-lite-v1:0")),)
    )
    with pytest.raises(ValueError, match="cannot be called from us-east-1"):
        statements(prompt, SOURCE)


@pytest.mark.parametrize("region", ["cn-north-1", "eusc-de-east-1", "${Token[AWS.Region.4]}"])
def test_bedrock_regions_unknown_region_is_not_checked(region: str) -> None:
    statements(InvokedModel(parse("us.amazon.nova-lite-v1:0")), source_in(region))


def test_bedrock_regions_unknown_prefix_is_not_checked() -> None:
    statements(InvokedModel(parse(f"{OWNER}:inference-profile/kr.amazon.nova-lite-v1:0")), SOURCE)


def test_bedrock_tables_every_prefix_and_retirement_has_a_source() -> None:
    assert all(row.source for row in PREFIXES.values())
    for row in RETIREMENTS.values():
        assert parse(row.model_id).kind is BedrockModelKind.FOUNDATION_MODEL
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row.legacy)
        assert row.legacy < row.end_of_life
        assert row.source


@pytest.mark.parametrize(
    "kind", [kind for kind in BedrockModelKind if kind is not BedrockModelKind.CUSTOM_MODEL]
)
def test_model_warnings_exact_example_has_none(kind: BedrockModelKind) -> None:
    assert model_warnings(EXAMPLES[kind], SOURCE) == []


@pytest.mark.parametrize("what", WILDCARDS)
def test_model_warnings_wildcard_has_an_id_to_acknowledge(what: str) -> None:
    (warning,) = model_warnings(WILDCARDS[what][0], SOURCE)
    assert warning.warning_id in (
        "cdk-streaming-api:bedrockDestinationRegions",
        "cdk-streaming-api:bedrockModelsBehind",
    )
    assert "only" in warning.message


def test_model_warnings_unknown_destination_regions_name_streaming_api_doctor() -> None:
    (warning,) = model_warnings(InvokedModel(parse("us.amazon.nova-lite-v1:0")), SOURCE)
    assert "'streaming-api doctor'" in warning.message


def test_model_warnings_prompt_without_models_says_no_model_may_run() -> None:
    (warning,) = model_warnings(InvokedModel(parse(f"{OWNER}:prompt/A1B2C3D4E5")), SOURCE)
    assert warning.warning_id == "cdk-streaming-api:bedrockModelsBehind"
    assert "no model may run it" in warning.message


@pytest.mark.parametrize("prefix", ["", "us."])
def test_model_warnings_retiring_model_has_legacy_and_end_of_life_dates(prefix: str) -> None:
    target = InvokedModel(parse(f"{prefix}anthropic.claude-sonnet-4-20250514-v1:0"), destination_regions=())
    (warning,) = [
        each
        for each in model_warnings(target, SOURCE)
        if each.warning_id == "cdk-streaming-api:bedrockLifecycle"
    ]
    assert "legacy since 2026-04-14" in warning.message
    assert "end of life on 2026-10-14" in warning.message


def test_model_warnings_variant_names_the_id_that_is_called_and_its_end_of_life() -> None:
    found = model_warnings(InvokedModel(parse("anthropic.claude-3-sonnet-20240229-v1:0:28k")), SOURCE)
    lifecycle, variant = found
    assert "anthropic.claude-3-sonnet-20240229-v1:0 is legacy since 2026-01-30" in lifecycle.message
    assert variant.warning_id == "cdk-streaming-api:bedrockModelVariant"
    assert "calls on demand take 'anthropic.claude-3-sonnet-20240229-v1:0'" in variant.message


@pytest.mark.parametrize("model_id", ["amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0:24k"])
def test_model_warnings_variant_without_end_of_life_has_one_warning(model_id: str) -> None:
    (warning,) = model_warnings(InvokedModel(parse(model_id)), SOURCE)
    assert warning.warning_id == "cdk-streaming-api:bedrockModelVariant"


@pytest.mark.parametrize("prefix", ["", "us."])
def test_model_warnings_id_without_version_names_one_and_its_end_of_life(prefix: str) -> None:
    regions = ("us-east-1",) if prefix else ()
    target = InvokedModel(parse(f"{prefix}anthropic.claude-sonnet-4-20250514"), destination_regions=regions)
    lifecycle, version = model_warnings(target, SOURCE)
    assert "end of life on 2026-10-14" in lifecycle.message
    assert version.warning_id == "cdk-streaming-api:bedrockModelVersion"
    assert "has no version, and Bedrock's ids of such models end with one" in version.message


def test_model_warnings_id_that_the_cdk_knows_is_written_correctly() -> None:
    source = inspect.getsource(aws_bedrock.FoundationModelIdentifier)
    ids = set(re.findall(r'Base model "([^"]+)"', source))
    assert len(ids) > 100
    for model_id in ids:
        warnings = model_warnings(InvokedModel(parse(model_id)), SOURCE)
        assert not [each for each in warnings if "has no version" in each.message], model_id
        found = {each.warning_id for each in warnings}
        variant = bool(re.search(r":\d+:(\d+k?|mm)$", model_id))
        assert ("cdk-streaming-api:bedrockModelVariant" in found) == variant, model_id


def test_model_warnings_retiring_model_behind_prompt_is_reported() -> None:
    prompt = InvokedModel(
        parse(f"{OWNER}:prompt/A1B2C3D4E5"),
        models=(InvokedModel(parse("anthropic.claude-opus-4-20250514-v1:0")),),
    )
    assert [each.warning_id for each in model_warnings(prompt, SOURCE)] == [
        "cdk-streaming-api:bedrockLifecycle"
    ]


def test_model_warnings_arn_in_other_region_is_reported() -> None:
    target = InvokedModel(parse("arn:aws:bedrock:us-west-2:111122223333:imported-model/a1b2c3d4e5f6"))
    (warning,) = model_warnings(target, SOURCE)
    assert warning.warning_id == "cdk-streaming-api:bedrockRegion"
    assert model_warnings(target, source_in("us-west-2")) == []


def test_model_warnings_custom_model_points_to_its_deployment() -> None:
    (warning,) = model_warnings(EXAMPLES[BedrockModelKind.CUSTOM_MODEL], SOURCE)
    assert warning.warning_id == "cdk-streaming-api:bedrockCustomModel"


def test_bedrock_context_key_names_region_and_profile() -> None:
    assert context_key("us-east-1", "us.amazon.nova-lite-v1:0") == (
        "streaming-api:inference-profile:region=us-east-1:profile=us.amazon.nova-lite-v1:0"
    )


def test_bedrock_context_value_is_the_listed_model_arns() -> None:
    listed = ["arn:aws:bedrock:us-east-1::foundation-model/a.b", "arn:aws:bedrock:::foundation-model/a.b"]
    assert model_arns("key", {"models": listed}) == tuple(listed)
    assert model_arns("key", None) == ()


@pytest.mark.parametrize(
    "value", [[], {}, {"models": []}, {"models": ["*"]}, {"models": "arn"}, "us-east-1", 1]
)
def test_bedrock_context_value_of_wrong_form_is_refused_with_its_key(value: object) -> None:
    with pytest.raises(ValueError, match=r"context value 'the-key' must be .* run 'streaming-api doctor'"):
        model_arns("the-key", value)
