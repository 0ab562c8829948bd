"""The routes of other companies' clients: mounted by the construct, found by the handler."""

from __future__ import annotations

from types import ModuleType
from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from chat.routes import NATIVE, ROUTES, find

from cdk_streaming_api import BedrockFormat, BedrockModel, StreamingApi
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
        "POST /ui/chat",
    ]


def test_bedrock_routes_stream_from_the_handler_of_the_api(stack: cdk.Stack, api: StreamingApi) -> None:
    api.add_bedrock_routes(formats=[BedrockFormat.BEDROCK, BedrockFormat.BEDROCK], prefix="/bedrock/")
    methods = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    assert len(methods) == 4
    for method in methods:
        assert method["Properties"]["Integration"]["ResponseTransferMode"] == "STREAM"
    paths = {stream.method.resource.path for stream in api.streams}
    assert paths == {
        "/bedrock/model/{modelId}/converse",
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
