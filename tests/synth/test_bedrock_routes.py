"""The routes of other companies' clients: mounted by the construct, found by the handler."""

from __future__ import annotations

from types import ModuleType
from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template
from chat.formats.token_count import counts_tokens
from chat.routes import NATIVE, ROUTES, find

from cdk_streaming_api import BedrockFormat, BedrockFunction, BedrockModel, StreamingApi
from cdk_streaming_api._bedrock.routes import routes


@pytest.fixture
def api(stack: cdk.Stack) -> StreamingApi:
    return StreamingApi(stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"))


def test_bedrock_routes_default_is_all_but_the_bedrock_operations(api: StreamingApi) -> None:
    streams = api.add_bedrock_routes()
    assert [f"{stream.method.http_method} {stream.method.resource.path}" for stream in streams] == [
        "POST /chat",
        "POST /v1/chat/completions",
        "POST /v1/responses",
        "GET /v1/responses/{responseId}",
        "POST /v1/responses/{responseId}/cancel",
        "GET /v1/models",
        "GET /v1/models/{modelId}",
        "POST /v1/messages",
        "POST /v1/messages/count_tokens",
        "POST /ui/chat",
    ]


def test_bedrock_routes_stream_from_the_handler_of_the_api(stack: cdk.Stack, api: StreamingApi) -> None:
    api.add_bedrock_routes(formats=[BedrockFormat.BEDROCK, BedrockFormat.BEDROCK], prefix="/bedrock/")
    methods = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    assert len(methods) == 5
    for method in methods:
        assert method["Properties"]["Integration"]["ResponseTransferMode"] == "STREAM"
    paths = {stream.method.resource.path for stream in api.streams}
    assert paths == {
        "/bedrock/model/{modelId}/converse",
        "/bedrock/model/{modelId}/count-tokens",
        "/bedrock/model/{modelId}/invoke",
        "/bedrock/model/{modelId}/converse-stream",
        "/bedrock/model/{modelId}/invoke-with-response-stream",
    }


def test_bedrock_routes_without_a_handler_are_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="has no handler"):
        StreamingApi(stack, "Api").add_bedrock_routes()


def test_bedrock_routes_each_has_a_format_in_the_handler() -> None:
    found = {
        path: cast(
            ModuleType, find(f"/base/{path.replace('{modelId}', 'm').replace('{responseId}', 'r')}")
        ).__name__
        for _, path in routes(tuple(BedrockFormat), "")
    }
    assert found.pop("chat") == f"chat.formats.{NATIVE}"
    assert set(found.values()) == {f"chat.formats.{name}" for _, name in ROUTES}


HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def counting(stack: cdk.Stack) -> list[dict[str, object]]:
    """Return the statements about the counting of tokens."""
    return [
        statement
        for policy in Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "bedrock:CountTokens" in statement["Action"]
    ]


@pytest.mark.parametrize(
    ("formats", "counts"),
    [
        ([BedrockFormat.ANTHROPIC], True),
        ([BedrockFormat.BEDROCK], True),
        ([BedrockFormat.OPENAI, BedrockFormat.NATIVE, BedrockFormat.AI_SDK], False),
    ],
)
def test_bedrock_routes_counting_is_granted_where_a_route_is_mounted(
    stack: cdk.Stack, formats: list[BedrockFormat], counts: bool
) -> None:
    model = BedrockModel(HAIKU, destination_regions=["us-east-1"])
    api = StreamingApi(stack, "Api", model=model)
    api.add_bedrock_routes(formats=formats)
    api.add_bedrock_routes(formats=formats, prefix="again")
    found = counting(stack)
    assert len(found) == counts
    for statement in found:
        assert statement["Action"] == ["bedrock:CountTokens", "bedrock:InvokeModel"]
        assert HAIKU.removeprefix("us.") in str(statement["Resource"])
        assert "inference-profile" not in str(statement["Resource"])
        assert "*" not in str(statement["Resource"])


def test_bedrock_routes_counting_is_not_granted_for_models_that_it_does_not_cover(
    stack: cdk.Stack, api: StreamingApi
) -> None:
    api.add_bedrock_routes()
    assert counting(stack) == []
    with pytest.raises(ValueError, match="CountTokens is not known to cover others"):
        BedrockModel("amazon.nova-lite-v1:0").grant_count_tokens(cast(BedrockFunction, api.handler))


@pytest.mark.parametrize(
    ("model", "counts"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", False),
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", True),
        ("anthropic.claude-sonnet-4-20250514-v1:0", True),
        ("anthropic.claude-opus-4-1-20250805-v1:0", True),
        ("global.anthropic.claude-opus-4-6-v1", True),
        ("us.anthropic.claude-sonnet-4-6", True),
        ("us.anthropic.claude-opus-4-7", False),
        ("us.anthropic.claude-sonnet-5", False),
        ("amazon.nova-lite-v1:0", False),
    ],
)
def test_bedrock_routes_counted_models_are_those_that_the_handler_counts(model: str, counts: bool) -> None:
    assert BedrockModel(model)._counts_tokens() == counts
    assert counts_tokens(model) == counts


@pytest.mark.parametrize("as_alias", [False, True])
def test_bedrock_routes_to_a_function_of_another_app_earn_a_warning(stack: cdk.Stack, as_alias: bool) -> None:
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    version = lambda_.Version.from_version_arn(
        stack, "Version", "arn:aws:lambda:eu-west-1:111122223333:function:theirs:3"
    )
    handler = lambda_.Alias(stack, "Alias", alias_name="live", version=version) if as_alias else theirs
    streams = StreamingApi(stack, "Api", handler=handler).add_bedrock_routes()
    assert len(streams) == 10
    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp(".*add_bedrock_routes.*")
    )
    (said,) = (str(each.entry.data) for each in found)
    assert "is of another app: it must be a BedrockFunction, and may count tokens only if that app" in said
    assert "[ack: cdk-streaming-api:importedBedrockFunction]" in said
