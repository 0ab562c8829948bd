"""Operations of an OpenAPI document that stream."""

from __future__ import annotations

import copy
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import OpenApiStreams
from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.assembly import read
from tests.synth.test_stream import warnings

DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "theirs", "version": "1"},
    "paths": {
        "/chat": {
            "post": {"operationId": "createChat", "responses": {"200": {"description": "a stream"}}},
            "get": {"operationId": "listChats"},
        },
        "/any": {"x-amazon-apigateway-any-method": {"operationId": "anything"}, "parameters": []},
        "/reports/{id}": {"get": {"operationId": "report"}},
        "/twice": {"get": {"operationId": "twin"}, "put": {"operationId": "twin"}},
    },
}


def function(stack: cdk.Stack) -> lambda_.Function:
    return lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("exports.handler = null"),
        handler="index.handler",
        runtime=lambda_.Runtime.NODEJS_24_X,
        timeout=Duration.minutes(2),
    )


def synthesized(stack: cdk.Stack, operation: str, timeout: Duration | None = None) -> Template:
    streams = OpenApiStreams(DOCUMENT, {operation: function(stack)}, timeout=timeout)
    api = apigateway.SpecRestApi(stack, "Spec", api_definition=streams.api_definition, cloud_watch_role=False)
    streams.grant_invoke(api)
    return Template.from_stack(stack)


def body(template: Template) -> dict[str, dict[str, dict[str, object]]]:
    (api,) = template.find_resources("AWS::ApiGateway::RestApi").values()
    paths: dict[str, dict[str, dict[str, object]]] = api["Properties"]["Body"]["paths"]
    return paths


def test_openapi_streams_operation_streams_with_timeout_of_its_function(stack: cdk.Stack) -> None:
    integration = body(synthesized(stack, "createChat"))["/chat"]["post"]["x-amazon-apigateway-integration"]
    assert isinstance(integration, dict)
    uri = integration.pop("uri")["Fn::Join"][1]
    assert integration == {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 120_000,
    }
    assert uri[4] == ":lambda:path/2021-11-15/functions/"
    assert uri[-1] == "/response-streaming-invocations"


def test_openapi_streams_leaves_the_rest_of_the_document_unchanged(stack: cdk.Stack) -> None:
    before = copy.deepcopy(DOCUMENT)
    paths = body(synthesized(stack, "createChat"))
    assert before == DOCUMENT
    assert paths["/chat"]["get"] == {"operationId": "listChats"}
    assert paths["/chat"]["post"]["responses"] == {"200": {"description": "a stream"}}


@pytest.mark.parametrize(
    ("operation", "end"),
    [("createChat", "/*/POST/chat"), ("anything", "/*/*/any"), ("report", "/*/GET/reports/*")],
)
def test_openapi_streams_permission_is_for_its_operation_in_every_stage(
    stack: cdk.Stack, operation: str, end: str
) -> None:
    (permission,) = synthesized(stack, operation).find_resources("AWS::Lambda::Permission").values()
    assert permission["Properties"]["Action"] == "lambda:InvokeFunction"
    assert permission["Properties"]["SourceArn"]["Fn::Join"][1][-1] == end


def test_openapi_streams_timeout_changes_the_deployment(context: dict[str, object]) -> None:
    def deployment(minutes: int) -> set[str]:
        stack = cdk.Stack(cdk.App(context=context, builtin_cloud_formation_validation=False), "Test")
        template = synthesized(stack, "createChat", Duration.minutes(minutes))
        return set(template.find_resources("AWS::ApiGateway::Deployment"))

    assert deployment(1) == deployment(1)
    assert deployment(1) != deployment(3)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            "creatChat",
            "one operation 'creatChat', got 0; it has anything, createChat, listChats, report",
        ),
        ("twin", "must have one operation 'twin', got 2"),
    ],
)
def test_openapi_streams_missing_or_duplicate_operation_is_refused(
    stack: cdk.Stack, operation: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        OpenApiStreams(DOCUMENT, {operation: function(stack)})


def test_openapi_streams_timeout_over_15_minutes_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="timeout of operation 'createChat' must be at most 15 minutes"):
        OpenApiStreams(DOCUMENT, {"createChat": function(stack)}, timeout=Duration.hours(1))


def test_openapi_streams_function_may_be_in_another_stack(app: cdk.App) -> None:
    functions, apis = cdk.Stack(app, "Functions"), cdk.Stack(app, "Apis")
    streams = OpenApiStreams(DOCUMENT, {"createChat": function(functions)})
    api = apigateway.SpecRestApi(apis, "Spec", api_definition=streams.api_definition, cloud_watch_role=False)
    streams.grant_invoke(api)
    Template.from_stack(apis).resource_count_is("AWS::Lambda::Permission", 1)
    assert functions.dependencies == []


def warned(stack: cdk.Stack, **document: object) -> list[str]:
    """Return the warnings of an API whose document has more."""
    streams = OpenApiStreams({**DOCUMENT, **document}, {"createChat": function(stack)})
    api = apigateway.SpecRestApi(stack, "Spec", api_definition=streams.api_definition, cloud_watch_role=False)
    streams.grant_invoke(api)
    return warnings(stack)


def test_openapi_streams_operation_without_security_is_a_warning(stack: cdk.Stack) -> None:
    (warning,) = warned(stack)
    assert "operation 'createChat' (POST /chat) has no security and is open" in warning
    assert "[ack: StreamingRules::STREAM023]" in warning


@pytest.mark.parametrize(
    "restriction",
    [
        {"security": [{"sigv4": []}]},
        {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}},
        {"x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": []}},
    ],
    ids=lambda each: next(iter(each)),
)
def test_openapi_streams_operation_of_a_restricted_api_has_no_warning(
    stack: cdk.Stack, restriction: dict[str, object]
) -> None:
    assert warned(stack, **restriction) == []


def test_openapi_streams_timeouts_that_differ_are_a_warning(stack: cdk.Stack) -> None:
    handler = function(stack)
    streams = OpenApiStreams(
        {**DOCUMENT, "security": [{"sigv4": []}]}, {"createChat": handler}, timeout=Duration.minutes(3)
    )
    api = apigateway.SpecRestApi(stack, "Spec", api_definition=streams.api_definition, cloud_watch_role=False)
    streams.grant_invoke(api)
    (warning,) = warnings(stack)
    assert "timeouts of operation 'createChat' differ: the function's timeout wins" in warning
    assert "[ack: StreamingRules::STREAM008]" in warning


def test_openapi_streams_warning_is_told_once_with_the_rules(app: cdk.App, stack: cdk.Stack) -> None:
    warned(stack)
    found = [each for each in find(read(Path(app.synth().directory))) if each.rule.id == "STREAM023"]
    assert [each.already_reported for each in found] == [True]


def test_openapi_streams_of_more_than_twenty_operations_have_one_permission(stack: cdk.Stack) -> None:
    names = [f"op{number}" for number in range(21)]
    document = {"openapi": "3.0.1", "paths": {f"/{name}": {"get": {"operationId": name}} for name in names}}
    streams = OpenApiStreams(document, dict.fromkeys(names, function(stack)))
    api = apigateway.SpecRestApi(stack, "Spec", api_definition=streams.api_definition, cloud_watch_role=False)
    streams.grant_invoke(api)
    (permission,) = Template.from_stack(stack).find_resources("AWS::Lambda::Permission").values()
    assert permission["Properties"]["SourceArn"]["Fn::Join"][1][-1] == "/*/*/*"
