"""Which kind of thing a modelId names, and what a refused one should have been."""

from __future__ import annotations

import pytest
from bedrock_iam_docs import EXAMPLES

from cdk_streaming_api._bedrock.invoked_model import InvokedModel
from cdk_streaming_api._bedrock.model_id import ARN_FORMS, MAX_LENGTH, BedrockModelKind, parse

OWNER = "arn:aws:bedrock:us-east-1:111122223333"


@pytest.mark.parametrize(("kind", "target"), EXAMPLES.items(), ids=lambda value: getattr(value, "name", ""))
def test_model_id_parse_reads_every_kind(kind: BedrockModelKind, target: InvokedModel) -> None:
    assert parse(target.reference.model_id).kind is kind


def test_model_id_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(BedrockModelKind)


def test_model_id_every_kind_has_its_arn_form() -> None:
    forms = {form.kind for form in ARN_FORMS} | {BedrockModelKind.GLOBAL_INFERENCE_PROFILE}
    assert forms == set(BedrockModelKind)


@pytest.mark.parametrize(
    "model_id",
    [
        "amazon.nova-lite-v1:0",
        "amazon.nova-lite-v1:0:300k",
        "anthropic.claude-opus-5-5",
        "deepseek.v3.2",
        "zai.glm-5.3",
        "openai.gpt-6.1-sol",
        "newcomer.model-1",
        "ai21.jamba-1-5-large-v1:0",
    ],
)
def test_model_id_base_model_is_its_own_foundation_model(model_id: str) -> None:
    reference = parse(model_id)
    assert (reference.kind, reference.foundation_model_id) == (BedrockModelKind.FOUNDATION_MODEL, model_id)


@pytest.mark.parametrize(
    ("model_id", "prefix", "model"),
    [
        ("us.amazon.nova-lite-v1:0", "us", "amazon.nova-lite-v1:0"),
        ("us-gov.anthropic.claude-opus-4-8", "us-gov", "anthropic.claude-opus-4-8"),
        ("eu.deepseek.v3.2", "eu", "deepseek.v3.2"),
        (f"{OWNER}:inference-profile/us.amazon.nova-lite-v1:0", "us", "amazon.nova-lite-v1:0"),
        (f"{OWNER}:inference-profile/kr.newcomer.model-1", "kr", "newcomer.model-1"),
    ],
)
def test_model_id_geographic_profile_is_split_into_prefix_and_model(
    model_id: str, prefix: str, model: str
) -> None:
    reference = parse(model_id)
    assert reference.kind is BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE
    assert (reference.prefix, reference.foundation_model_id) == (prefix, model)


@pytest.mark.parametrize("start", ["", f"{OWNER}:inference-profile/"])
def test_model_id_global_prefix_is_a_global_inference_profile(start: str) -> None:
    reference = parse(f"{start}global.amazon.nova-2-lite-v1:0")
    assert reference.kind is BedrockModelKind.GLOBAL_INFERENCE_PROFILE
    assert reference.foundation_model_id == "amazon.nova-2-lite-v1:0"


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn", "aws-iso-b", "aws-eusc"])
def test_model_id_arn_keeps_partition_region_and_account(partition: str) -> None:
    reference = parse(f"arn:{partition}:bedrock:some-region-1:111122223333:provisioned-model/a1b2c3d4e5f6")
    assert (reference.partition, reference.region, reference.account) == (
        partition,
        "some-region-1",
        "111122223333",
    )


def test_model_id_foundation_model_arn_has_no_account() -> None:
    assert parse("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0").account is None


def test_model_id_prompt_arn_without_version_is_accepted() -> None:
    assert parse(f"{OWNER}:prompt/A1B2C3D4E5").resource_id == "A1B2C3D4E5"


@pytest.mark.parametrize(
    ("model_id", "says"),
    [
        ("", "must be 1 to 2048 characters, got 0"),
        ("a." + "b" * MAX_LENGTH, "must be 1 to 2048 characters, got 2050"),
        ("Amazon.Nova-Lite-v1:0", "did you mean 'amazon.nova-lite-v1:0'?"),
        (" amazon.nova-lite-v1:0\n", "did you mean 'amazon.nova-lite-v1:0'?"),
        ("bedrock/us.amazon.nova-lite-v1:0", "did you mean 'us.amazon.nova-lite-v1:0'?"),
        ("nova-lite", "has no provider; a base model is '{provider}.{model}'"),
        ("a1b2c3d4e5f6", "are given by ARN: arn:{partition}:bedrock:{region}:{account}:provisioned-model/"),
        ("amazon.nova lite", "is neither a base model"),
        ("amazon..nova", "is neither a base model"),
        ("us.nova-lite-v1:0", "names no model after 'us.'"),
        ("us.eu.amazon.nova-lite-v1:0", "has no geographic prefix"),
        ("kr.amazon.nova-lite-v1:0", "unknown inference profile prefix 'kr.'"),
        ("arn:aws:bedrock", "is of no kind that Bedrock runs"),
        (
            f"{OWNER}:fondation-model/amazon.nova-lite-v1:0",
            "arn:{partition}:bedrock:{region}::foundation-model/",
        ),
        (f"{OWNER}:agent/A1B2C3D4E5", "is of no kind that Bedrock runs; the nearest that it takes is arn:"),
        (f"{OWNER}:foundation-model/amazon.nova-lite-v1:0", "has the account '111122223333'"),
        ("arn:aws:bedrock:us-east-1::provisioned-model/a1b2c3d4e5f6", "has the account ''"),
        (f"{OWNER}:provisioned-model/my-model", "has the id 'my-model'; the provisioned throughput is arn:"),
        (f"{OWNER}:custom-model/amazon.nova-lite-v1:0:300k/a1b2c3d4e5f6", "the custom model is arn:"),
        ("arn:aws:bedrock:US-EAST-1::foundation-model/amazon.nova-lite-v1:0", "has the region 'US-EAST-1'"),
        (
            "arn:aws-x/y:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "has the partition 'aws-x/y'",
        ),
        (
            "arn:aws-us-gov:sagemaker:us-gov-west-1:111122223333:endpoint/e",
            "the marketplace endpoint is arn:aws:sagemaker:{region}:{account}:endpoint/{name}",
        ),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/us.amazon.nova",
            "whose ARN is arn:aws:bedrock:us-east-1:{account}:inference-profile/us.amazon.nova",
        ),
        (f"{OWNER}:inference-profile/amazon.nova-lite-v1:0", "has no geographic prefix"),
        (f"{OWNER}:inference-profile/a1b2c3d4e5f6", "has no geographic prefix"),
        (f"{OWNER}:prompt/A1B2C3D4E5:DRAFT", "the prompt is arn:"),
    ],
)
def test_model_id_refused_error_names_nearest_legal_form(model_id: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^model (id|ARN)") as refusal:
        parse(model_id)
    assert says in str(refusal.value)


def test_model_id_placeholder_is_accepted_only_with_placeholders_true() -> None:
    arn = (
        "arn:${Token[AWS.Partition.3]}:bedrock:${AWS::Region}:${X}:application-inference-profile/a1b2c3d4e5f6"
    )
    assert parse(arn, placeholders=True).kind is BedrockModelKind.APPLICATION_INFERENCE_PROFILE
    with pytest.raises(ValueError, match="has the partition"):
        parse(arn)


@pytest.mark.parametrize(
    "model_id", ["${Token[TOKEN.12]}", f"{OWNER}:inference-profile/${{Token[TOKEN.12]}}"]
)
def test_model_id_single_placeholder_without_kind_is_refused(model_id: str) -> None:
    with pytest.raises(ValueError, match="say what it names with kind="):
        parse(model_id, placeholders=True)


def test_model_id_placeholder_after_prefix_is_the_foundation_model() -> None:
    reference = parse("us.${Token[TOKEN.12]}", placeholders=True)
    assert (reference.prefix, reference.foundation_model_id) == ("us", "${Token[TOKEN.12]}")
