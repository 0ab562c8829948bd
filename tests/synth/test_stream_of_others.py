"""Streams in APIs and in front of functions that are not defined here."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import ApiKeyAuthorizer, Stream, StreamingApi
from tests.synth.test_stream import IAM_ONLY, function, integration, resource, warnings

IAM = apigateway.AuthorizationType.IAM


@pytest.fixture
def here(app: cdk.App) -> cdk.Stack:
    """A stack of one account and Region."""
    return cdk.Stack(app, "Here", env=cdk.Environment(account="111122223333", region="eu-west-1"))


def imported_api(stack: cdk.Stack) -> apigateway.IRestApi:
    return apigateway.RestApi.from_rest_api_attributes(
        stack, "Theirs", rest_api_id="abc123", root_resource_id="root"
    )


def test_stream_on_imported_api_is_added_with_a_deployment_warning(here: cdk.Stack) -> None:
    Stream(
        here,
        "Chat",
        resource=imported_api(here).root.add_resource("chat"),
        handler=function(here, Duration.minutes(15)),
        authorization_type=IAM,
    )
    template = Template.from_stack(here)
    assert integration(here)["ResponseTransferMode"] == "STREAM"
    template.has_resource_properties("AWS::ApiGateway::Method", {"RestApiId": "abc123"})
    (permission,) = template.find_resources("AWS::Lambda::Permission").values()
    source = "arn:aws:execute-api:eu-west-1:111122223333:abc123/*/POST/chat"
    assert permission["Properties"]["SourceArn"] == source
    (warning,) = warnings(here)
    assert "whose stages serve it after their next deployment" in warning
    assert "[ack: cdk-streaming-api:importedApi]" in warning


def test_stream_on_api_without_stage_has_no_url(here: cdk.Stack) -> None:
    theirs = Stream(
        here, "Chat", resource=imported_api(here).root.add_resource("chat"), handler=function(here)
    )
    undeployed = apigateway.RestApi(here, "Api", cloud_watch_role=False, deploy=False)
    ours = Stream(here, "Talk", resource=undeployed.root.add_resource("talk"), handler=theirs.handler)
    for stream, path in ((theirs, "/chat"), (ours, "/talk")):
        with pytest.raises(ValueError, match=f"stream '{path}' has no url: no stage of its API"):
            _ = stream.url


def test_stream_on_api_of_another_stack_is_deployed_with_it(app: cdk.App, here: cdk.Stack) -> None:
    backend = cdk.Stack(app, "Backend", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    handler = function(backend, Duration.minutes(15))
    Stream(backend, "Chat", resource=resource(here, IAM_ONLY), handler=handler)
    template = Template.from_stack(here)
    (method,) = template.find_resources("AWS::ApiGateway::Method")
    (deployment,) = template.find_resources("AWS::ApiGateway::Deployment").values()
    assert method in deployment["DependsOn"]
    assert warnings(backend) == []


def test_stream_to_function_of_another_account_warns_of_its_permission(here: cdk.Stack) -> None:
    theirs = lambda_.Function.from_function_arn(
        here, "Theirs", "arn:aws:lambda:eu-west-1:999988887777:function:theirs"
    )
    StreamingApi(here, "Api", handler=theirs).add_stream("chat")
    template = Template.from_stack(here)
    assert integration(here)["Uri"] == (
        "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/"
        "arn:aws:lambda:eu-west-1:999988887777:function:theirs/response-streaming-invocations"
    )
    template.resource_count_is("AWS::Lambda::Permission", 0)
    (warning,) = warnings(here)
    assert "addPermission() has no effect" in warning


@pytest.mark.parametrize(
    ("path", "http_method", "allowed"),
    [("{proxy+}", "ANY", "/*/*"), ("a/{id}/b", "GET", "/GET/a/*/b")],
)
def test_stream_path_parameters_are_wildcards_in_the_permission(
    stack: cdk.Stack, path: str, http_method: str, allowed: str
) -> None:
    api = StreamingApi(stack, "Api", handler=function(stack, Duration.minutes(15)))
    api.add_stream(path, http_method=http_method)
    assert integration(stack)["ResponseTransferMode"] == "STREAM"
    (permission,) = Template.from_stack(stack).find_resources("AWS::Lambda::Permission").values()
    assert permission["Properties"]["SourceArn"]["Fn::Join"][1][-1] == allowed


@pytest.mark.parametrize("kind", [apigateway.AuthorizationType.CUSTOM, apigateway.AuthorizationType.COGNITO])
def test_stream_authorization_type_without_authorizer_is_refused(
    stack: cdk.Stack, kind: apigateway.AuthorizationType
) -> None:
    handler = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    says = f"stream '/chat' has authorization_type {kind.name} and no authorizer; pass one, or another"
    with pytest.raises(ValueError, match=says):
        StreamingApi(stack, "Api", handler=handler, authorization_type=kind).add_stream("chat")
    with pytest.raises(ValueError, match=says):
        StreamingApi(stack, "One", handler=handler).add_stream("chat", authorization_type=kind)
    options = apigateway.MethodOptions(authorization_type=kind)
    theirs = apigateway.RestApi(stack, "Theirs API", default_method_options=options)
    with pytest.raises(ValueError, match=says):
        Stream(stack, "Stream", resource=theirs.root.add_resource("chat"), handler=handler)


def test_stream_uses_the_authorizer_of_default_method_options(stack: cdk.Stack) -> None:
    handler = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    keys = ApiKeyAuthorizer(stack, "Keys")
    custom = apigateway.AuthorizationType.CUSTOM
    StreamingApi(stack, "Api", handler=handler, authorization_type=custom, authorizer=keys).add_stream("chat")


def test_stream_method_that_exists_on_the_resource_is_refused(stack: cdk.Stack) -> None:
    handler = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    chat = apigateway.RestApi(stack, "Mine").root.add_resource("chat")
    chat.add_method("POST")
    with pytest.raises(ValueError, match="the API has POST /chat already; define a path and method once"):
        Stream(stack, "Stream", resource=chat, handler=handler)


def test_stream_can_be_added_again_after_it_was_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    with pytest.raises(ValueError, match="has no handler"):
        api.add_stream("chat")
    api.add_stream("chat", handler=lambda_.Function.from_function_name(stack, "Theirs", "theirs"))


def test_stream_on_api_of_this_app_that_is_imported_says_how_it_is_deployed(here: cdk.Stack) -> None:
    api = StreamingApi(here, "Api", handler=function(here, Duration.minutes(15)))
    api.add_stream("health", http_method="GET")
    nested = cdk.NestedStack(here, "Nested")
    shared = apigateway.RestApi.from_rest_api_attributes(
        nested,
        "Api",
        rest_api_id=api.rest_api.rest_api_id,
        root_resource_id=api.rest_api.rest_api_root_resource_id,
    )
    handler = function(nested, Duration.minutes(15))
    for path in ("chat", "talk"):
        Stream(nested, path, resource=shared.root.add_resource(path), handler=handler)
    (warning,) = warnings(here)
    assert "another stack of this app defines the API" in warning
    assert "let the API's latest_deployment depend on this stack" in warning
    assert "[ack: cdk-streaming-api:importedApi]" in warning


def test_stream_authorizer_of_another_api_is_refused_in_one_line(stack: cdk.Stack) -> None:
    handler = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    keys = ApiKeyAuthorizer(stack, "Keys")
    StreamingApi(stack, "Api", handler=handler, authorizer=keys).add_stream("chat")
    second = StreamingApi(stack, "Second", handler=handler, authorizer=keys)
    says = "authorizer of stream '/chat' is of another API already; define one for each API, such as"
    with pytest.raises(ValueError, match=says):
        second.add_stream("chat")


def test_stream_keys_of_two_apis_are_in_one_secret(stack: cdk.Stack) -> None:
    handler = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    keys = ApiKeyAuthorizer(stack, "Keys")
    again = ApiKeyAuthorizer(stack, "Again", secret=keys.secret)
    StreamingApi(stack, "Api", handler=handler, authorizer=keys).add_stream("chat")
    StreamingApi(stack, "Second", handler=handler, authorizer=again).add_stream("chat")
    Template.from_stack(stack).resource_count_is("AWS::SecretsManager::Secret", 1)
