"""The statements for what stands for models: prompts, prompt routers and marketplace endpoints."""

from __future__ import annotations

import pytest

from cdk_streaming_api._bedrock.invoked_model import InvokedModel, SourceRegion
from cdk_streaming_api._bedrock.model_id import parse
from cdk_streaming_api._bedrock.statements import INVOKE, statements
from tests.unit.cdk_streaming_api.bedrock.test_statements import (
    ACCOUNT,
    PLACES,
    allow,
    everywhere,
    geographic,
    model,
    on_target,
    owned,
    routers,
)


def test_bedrock_statements_marketplace_endpoint_is_called_via_bedrock_only() -> None:
    source = PLACES[0]
    endpoint = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/my-endpoint"
    assert on_target(InvokedModel(parse(endpoint)), source) == [
        allow([owned(source, "marketplace/model-endpoint/all-access")]),
        allow(
            [endpoint],
            {"aws:CalledViaLast": "bedrock.amazonaws.com"},
            "sagemaker:InvokeEndpointWithResponseStream",
        ),
    ]


@everywhere
@pytest.mark.parametrize("version", ["", ":7"])
def test_bedrock_statements_prompt_allows_render_prompt_and_its_models(
    source: SourceRegion, version: str
) -> None:
    arn = owned(source, f"prompt/A1B2C3D4E5{version}")
    target = InvokedModel(
        parse(arn), models=(InvokedModel(parse("amazon.nova-lite-v1:0")), geographic(source, ("far-1",)))
    )
    assert on_target(target, source) == [
        allow([arn], action="bedrock:RenderPrompt"),
        *on_target(target.models[0], source),
        *on_target(target.models[1], source),
    ]


@everywhere
def test_bedrock_statements_prompt_of_unknown_models_allows_render_prompt_only(source: SourceRegion) -> None:
    arn = owned(source, "prompt/A1B2C3D4E5:7")
    assert statements(InvokedModel(parse(arn)), source) == [allow([arn], action="bedrock:RenderPrompt")]


@everywhere
@routers
def test_bedrock_statements_router_allows_its_models_through_it(source: SourceRegion, resource: str) -> None:
    arn, profile = owned(source, resource), geographic(source, ("far-1",))
    target = InvokedModel(parse(arn), models=(profile, InvokedModel(parse("amazon.nova-pro-v1:0"))))
    through: dict[str, str | list[str]] = {"bedrock:PromptRouterArn": arn}
    assert on_target(target, source) == [
        allow([arn]),
        allow([owned(source, f"inference-profile/{profile.reference.model_id}")], through),
        allow(
            [
                model(source, "amazon.nova-lite-v1:0"),
                model(source, "amazon.nova-lite-v1:0", "far-1"),
                model(source, "amazon.nova-pro-v1:0"),
            ],
            through,
        ),
    ]


@everywhere
@routers
def test_bedrock_statements_router_of_unknown_models_has_wildcard_through_it(
    source: SourceRegion, resource: str
) -> None:
    arn = owned(source, resource)
    through: dict[str, str | list[str]] = {"bedrock:PromptRouterArn": arn}
    assert on_target(InvokedModel(parse(arn)), source) == [
        allow([arn]),
        allow([owned(source, "inference-profile/*")], through),
        allow([f"arn:{source.partition}:bedrock:*::foundation-model/*"], through),
    ]


def test_bedrock_statements_marketplace_invoke_needs_sagemaker_invoke_endpoint() -> None:
    target = InvokedModel(parse(f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/e"))
    assert [each["Action"] for each in on_target(target, PLACES[0], (INVOKE,))] == [
        [INVOKE],
        ["sagemaker:InvokeEndpoint"],
    ]
