"""The statements of every kind of model id, one by one, in every partition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cdk_streaming_api._bedrock.invoked_model import InvokedModel, SourceRegion
from cdk_streaming_api._bedrock.model_id import BedrockModelKind, parse, reference_of_kind
from cdk_streaming_api._bedrock.statements import INVOKE, STREAM, IamStatement, policy_document, statements

ACCOUNT = "111122223333"
PLACES = [
    SourceRegion("aws", "us-east-1", ACCOUNT),
    SourceRegion("aws-us-gov", "us-gov-west-1", ACCOUNT),
    SourceRegion("aws-cn", "cn-north-1", ACCOUNT),
]
everywhere = pytest.mark.parametrize("source", PLACES, ids=lambda source: source.partition)


def allow(
    resources: list[str], condition: dict[str, str | list[str]] | None = None, action: str = STREAM
) -> IamStatement:
    statement = IamStatement(Effect="Allow", Action=[action], Resource=resources)
    if condition:
        statement["Condition"] = {"StringEquals": condition}
    return statement


def owned(source: SourceRegion, resource: str) -> str:
    return f"arn:{source.partition}:bedrock:{source.region}:{source.account}:{resource}"


def model(source: SourceRegion, model_id: str, region: str | None = None) -> str:
    region = source.region if region is None else region
    return f"arn:{source.partition}:bedrock:{region}::foundation-model/{model_id}"


def on_target(
    target: InvokedModel, source: SourceRegion, actions: tuple[str, ...] = (STREAM,)
) -> list[IamStatement]:
    """Return the statements but the last, which allows the same in the default project and nothing else."""
    *found, project = statements(target, source, actions)
    home = target.home(source)
    arn = f"arn:{home.partition}:bedrock:{home.region}:{ACCOUNT}:project/default"
    assert project == {"Effect": "Allow", "Action": list(actions), "Resource": [arn]}
    return found


@everywhere
def test_bedrock_statements_base_model_is_one_arn_in_source_region(source: SourceRegion) -> None:
    found = on_target(InvokedModel(parse("amazon.nova-lite-v1:0")), source)
    assert found == [allow([model(source, "amazon.nova-lite-v1:0")])]


@everywhere
def test_bedrock_statements_base_model_arn_is_used_unchanged(source: SourceRegion) -> None:
    arn = model(source, "amazon.nova-lite-v1:0", "eu-west-1")
    assert on_target(InvokedModel(parse(arn)), source) == [allow([arn])]


def geographic(source: SourceRegion, destinations: tuple[str, ...] = ()) -> InvokedModel:
    prefix = "us-gov" if source.partition == "aws-us-gov" else "us"
    return InvokedModel(parse(f"{prefix}.amazon.nova-lite-v1:0"), destination_regions=destinations)


@everywhere
@pytest.mark.parametrize("by_arn", [False, True])
def test_bedrock_statements_geographic_profile_allows_models_through_the_profile(
    source: SourceRegion, by_arn: bool
) -> None:
    target = geographic(source, ("far-1", "far-2", source.region))
    profile = owned(source, f"inference-profile/{target.reference.model_id}")
    if by_arn:
        target = replace(target, reference=parse(profile))
    regions = (source.region, "far-1", "far-2")
    assert on_target(target, source) == [
        allow([profile]),
        allow(
            [model(source, "amazon.nova-lite-v1:0", region) for region in regions],
            {"bedrock:InferenceProfileArn": profile},
        ),
    ]


@everywhere
def test_bedrock_statements_without_destinations_use_region_wildcard(source: SourceRegion) -> None:
    target = geographic(source)
    profile = owned(source, f"inference-profile/{target.reference.model_id}")
    assert on_target(target, source)[1] == allow(
        [model(source, "amazon.nova-lite-v1:0", "*")], {"bedrock:InferenceProfileArn": profile}
    )


def test_bedrock_statements_looked_up_models_are_added_to_source_region() -> None:
    source = PLACES[0]
    listed = (model(source, "amazon.nova-lite-v1:0", "us-west-2"),)
    target = replace(geographic(source), model_arns=listed)
    assert on_target(target, source)[1]["Resource"] == [model(source, "amazon.nova-lite-v1:0"), *listed]


@pytest.mark.parametrize("by_arn", [False, True])
def test_bedrock_statements_global_profile_has_the_three_documented_statements(by_arn: bool) -> None:
    source = PLACES[0]  # the commercial partition is the only one with global profiles
    profile = owned(source, "inference-profile/global.amazon.nova-2-lite-v1:0")
    target = InvokedModel(parse(profile if by_arn else "global.amazon.nova-2-lite-v1:0"))
    assert on_target(target, source) == [
        allow([profile], {"aws:RequestedRegion": source.region}),
        allow(
            [model(source, "amazon.nova-2-lite-v1:0")],
            {"aws:RequestedRegion": source.region, "bedrock:InferenceProfileArn": profile},
        ),
        allow(
            ["arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0"],
            {"aws:RequestedRegion": "unspecified", "bedrock:InferenceProfileArn": profile},
        ),
    ]


def application(source: SourceRegion, *models: InvokedModel) -> tuple[str, InvokedModel]:
    arn = owned(source, "application-inference-profile/a1b2c3d4e5f6")
    return arn, InvokedModel(parse(arn), models=models)


@everywhere
def test_bedrock_statements_application_profile_allows_its_models_through_it(source: SourceRegion) -> None:
    arn, target = application(
        source, geographic(source, ("far-1",)), InvokedModel(parse("amazon.nova-pro-v1:0"))
    )
    assert on_target(target, source) == [
        allow([arn]),
        allow(
            [
                model(source, "amazon.nova-lite-v1:0"),
                model(source, "amazon.nova-lite-v1:0", "far-1"),
                model(source, "amazon.nova-pro-v1:0"),
            ],
            {"bedrock:InferenceProfileArn": arn},
        ),
    ]


def test_bedrock_statements_application_profile_of_global_has_arn_without_region() -> None:
    source = PLACES[0]
    arn, target = application(source, InvokedModel(parse("global.amazon.nova-2-lite-v1:0")))
    assert on_target(target, source)[1] == allow(
        [model(source, "amazon.nova-2-lite-v1:0"), model(source, "amazon.nova-2-lite-v1:0", "")],
        {"bedrock:InferenceProfileArn": arn},
    )


@everywhere
def test_bedrock_statements_application_profile_of_unknown_models_has_wildcard(source: SourceRegion) -> None:
    arn, target = application(source)
    assert on_target(target, source)[1] == allow(
        [f"arn:{source.partition}:bedrock:*::foundation-model/*"], {"bedrock:InferenceProfileArn": arn}
    )


@everywhere
@pytest.mark.parametrize(
    "resource",
    [
        "provisioned-model/a1b2c3d4e5f6",
        "custom-model/amazon.nova-lite-v1/a1b2c3d4e5f6",
        "custom-model-deployment/a1b2c3d4e5f6",
        "imported-model/a1b2c3d4e5f6",
    ],
)
def test_bedrock_statements_resource_of_own_account_is_its_own_arn(
    source: SourceRegion, resource: str
) -> None:
    arn = owned(source, resource)
    assert on_target(InvokedModel(parse(arn)), source) == [allow([arn])]


routers = pytest.mark.parametrize(
    "resource", ["default-prompt-router/anthropic.claude:1", "prompt-router/a1b2"]
)


def test_bedrock_statements_invoke_model_is_allowed_only_on_request() -> None:
    target = InvokedModel(parse("amazon.nova-lite-v1:0"))
    assert [each["Action"] for each in on_target(target, PLACES[0])] == [[STREAM]]
    assert [each["Action"] for each in on_target(target, PLACES[0], (INVOKE, STREAM))] == [[INVOKE, STREAM]]


def test_bedrock_statements_arn_in_other_region_takes_models_in_that_region() -> None:
    arn = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:application-inference-profile/a1b2c3d4e5f6"
    target = InvokedModel(parse(arn), models=(InvokedModel(parse("amazon.nova-lite-v1:0")),))
    assert on_target(target, PLACES[0])[1]["Resource"] == [
        model(PLACES[0], "amazon.nova-lite-v1:0", "eu-west-1")
    ]


def test_bedrock_statements_profile_id_of_stated_kind_takes_models_behind_it() -> None:
    reference = reference_of_kind("${Token[TOKEN.1]}", BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE)
    target = InvokedModel(
        reference, models=(InvokedModel(parse("amazon.nova-lite-v1:0")),), destination_regions=("us-west-2",)
    )
    profile = owned(PLACES[0], "inference-profile/${Token[TOKEN.1]}")
    assert on_target(target, PLACES[0]) == [
        allow([profile]),
        allow(
            [
                model(PLACES[0], "amazon.nova-lite-v1:0"),
                model(PLACES[0], "amazon.nova-lite-v1:0", "us-west-2"),
            ],
            {"bedrock:InferenceProfileArn": profile},
        ),
    ]


def test_bedrock_statements_arn_of_stated_kind_is_the_resource() -> None:
    for kind in (BedrockModelKind.PROVISIONED_MODEL, BedrockModelKind.APPLICATION_INFERENCE_PROFILE):
        found = on_target(InvokedModel(reference_of_kind("${Token[TOKEN.1]}", kind)), PLACES[0])
        assert found[0] == allow(["${Token[TOKEN.1]}"])


def test_bedrock_policy_document_is_statements_with_language_version() -> None:
    target = InvokedModel(parse("amazon.nova-lite-v1:0"))
    assert policy_document(statements(target, PLACES[0])) == {
        "Version": "2012-10-17",
        "Statement": statements(target, PLACES[0]),
    }


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda: InvokedModel(parse("amazon.nova-lite-v1:0"), destination_regions=("us-west-2",)),
            "belong to a geographic inference profile, got the foundation model 'amazon.nova-lite-v1:0'",
        ),
        (
            lambda: InvokedModel(
                parse("us.amazon.nova-lite-v1:0"), models=(InvokedModel(parse("amazon.nova-lite-v1:0")),)
            ),
            "'us.amazon.nova-lite-v1:0' already says its model",
        ),
        (
            lambda: application(PLACES[0], InvokedModel(parse(owned(PLACES[0], "prompt/A1B2C3D4E5"))))[1],
            "the prompt '.*' cannot be behind the application inference profile 'arn",
        ),
    ],
)
def test_invoked_model_models_or_destinations_on_wrong_kind_are_refused(
    build: Callable[[], InvokedModel], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        build()
