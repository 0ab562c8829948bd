"""The API as a whole: endpoint, stage, logs, defaults and what they become for every stream."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import BedrockModel, StreamingApi

MODEL = BedrockModel("amazon.nova-lite-v1:0")


def test_streaming_api_endpoint_is_regional(template: Template) -> None:
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": ["REGIONAL"]}}
    )


def methods(template: Template) -> list[dict[str, Any]]:
    """Return the properties of the methods that are no preflight."""
    found = template.find_resources("AWS::ApiGateway::Method").values()
    kept = [each["Properties"] for each in found if each["Properties"]["HttpMethod"] != "OPTIONS"]
    assert len(kept) == 2
    return kept


def test_streaming_api_every_method_requires_iam(template: Template) -> None:
    assert {each["AuthorizationType"] for each in methods(template)} == {"AWS_IAM"}


def test_streaming_api_every_method_streams_for_15_minutes(template: Template) -> None:
    streams = {"Type": "AWS_PROXY", "ResponseTransferMode": "STREAM", "TimeoutInMillis": 900_000}
    assert all(streams.items() <= each["Integration"].items() for each in methods(template))
    template.all_resources_properties("AWS::Lambda::Function", {"Timeout": 900})


def test_streaming_api_requests_are_validated(template: Template) -> None:
    validators = template.find_resources("AWS::ApiGateway::RequestValidator")
    (validator,) = validators
    assert validators[validator]["Properties"]["ValidateRequestBody"] is True
    assert validators[validator]["Properties"]["ValidateRequestParameters"] is True
    assert all(each["RequestValidatorId"] == {"Ref": validator} for each in methods(template))


def test_streaming_api_stage_throttles_traces_and_logs_errors_only(template: Template) -> None:
    template.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {
            "StageName": "prod",
            "TracingEnabled": True,
            "MethodSettings": [
                {
                    "HttpMethod": "*",
                    "ResourcePath": "/*",
                    "ThrottlingRateLimit": 20,
                    "ThrottlingBurstLimit": 40,
                    "LoggingLevel": "ERROR",
                    "DataTraceEnabled": False,
                }
            ],
        },
    )


def test_streaming_api_access_log_has_transfer_mode_and_times(template: Template) -> None:
    (stage,) = template.find_resources("AWS::ApiGateway::Stage").values()
    fields = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
    assert {
        "$context.requestId",
        "$context.extendedRequestId",
        "$context.identity.sourceIp",
        "$context.identity.caller",
        "$context.identity.user",
        "$context.requestTime",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.protocol",
        "$context.status",
        "$context.responseLength",
        "$context.error.message",
        "$context.integration.responseTransferMode",
        "$context.integration.timeToAllHeaders",
        "$context.integration.timeToFirstContent",
        "$context.integration.latency",
    } <= set(fields.values())


def test_streaming_api_access_log_goes_to_a_log_group_of_the_stack(template: Template) -> None:
    (stage,) = template.find_resources("AWS::ApiGateway::Stage").values()
    arn = stage["Properties"]["AccessLogSetting"]["DestinationArn"]["Fn::Join"][1]
    assert arn[-2] == ":log-group:"
    assert arn[-1]["Ref"] in template.find_resources("AWS::Logs::LogGroup")


def test_streaming_api_execution_log_group_is_created_before_the_stage(
    template: Template,
) -> None:
    (api,) = template.find_resources("AWS::ApiGateway::RestApi")
    name = {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", {"Ref": api}, "/prod"]]}
    (group,) = template.find_resources("AWS::Logs::LogGroup", {"Properties": {"LogGroupName": name}})
    template.has_resource("AWS::ApiGateway::Stage", {"DependsOn": Match.array_with([group])})


def permissions(statements: list[dict[str, Any]]) -> list[str]:
    """Return what statements allow, one by one: a flag of the app merges and sorts them."""

    def several(value: object) -> list[object]:
        return value if isinstance(value, list) else [value]

    return sorted(
        json.dumps([{**each, "Action": action, "Resource": resource}], sort_keys=True)
        for each in statements
        for action in several(each["Action"])
        for resource in several(each["Resource"])
    )


def test_streaming_api_is_independent_of_feature_flags(context: dict[str, object]) -> None:
    def synthesized(flags: dict[str, object]) -> object:
        stack = cdk.Stack(cdk.App(context=flags, builtin_cloud_formation_validation=False), "Test")
        StreamingApi(stack, "Api", model=MODEL, allow_origins=["https://app.example.com"]).add_stream("chat")
        template = Template.from_stack(stack).to_json()
        for resource in template["Resources"].values():
            if document := resource["Properties"].get("PolicyDocument"):
                document["Statement"] = permissions(document["Statement"])
        return template

    assert synthesized(context) == synthesized({})


def test_streaming_api_one_handler_serves_every_stream_without_one(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    streams = [api.add_stream("chat"), api.add_stream("a/{id}/chat", http_method="GET")]
    assert [stream.handler for stream in streams] == [api.handler, api.handler]
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 1)
    template.has_resource_properties("AWS::ApiGateway::Method", {"HttpMethod": "GET"})


def test_streaming_api_own_handler_replaces_the_model(stack: cdk.Stack) -> None:
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    api = StreamingApi(stack, "Api", handler=theirs)
    assert api.add_stream("chat").handler is theirs
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 0)


def test_streaming_api_root_path_can_stream(stack: cdk.Stack) -> None:
    stream = StreamingApi(stack, "Api", model=MODEL).add_stream("/")
    assert stack.resolve(stream.url)["Fn::Join"][1][-1] == "/"
    Template.from_stack(stack).resource_count_is("AWS::ApiGateway::Resource", 0)


def test_streaming_api_stream_without_handler_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(
        ValueError, match="stream '/chat' has no handler; pass one, or give StreamingApi a model"
    ):
        StreamingApi(stack, "Api").add_stream("/chat/")


def test_streaming_api_model_with_handler_is_refused(stack: cdk.Stack) -> None:
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    with pytest.raises(ValueError, match="model and handler exclude each other"):
        StreamingApi(stack, "Api", model=MODEL, handler=theirs)


@pytest.mark.parametrize("name", ["", "a b", "v1/beta", "x" * 129])
def test_streaming_api_invalid_stage_name_is_refused(stack: cdk.Stack, name: str) -> None:
    with pytest.raises(ValueError, match=f"stage_name must be 1 to 128 of .*, got '{name}'"):
        StreamingApi(stack, "Api", model=MODEL, stage_name=name)


def test_streaming_api_duplicate_stream_is_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("chat")
    with pytest.raises(ValueError, match="the API has POST /chat already; define a path and method once"):
        api.add_stream("/chat/")


def test_streaming_api_authorization_none_is_a_warning(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL, authorization_type=apigateway.AuthorizationType.NONE)
    api.add_stream("chat")
    (warning,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert "StreamingRules::STREAM023" in str(warning.entry.data)


def test_streaming_api_authorizer_authorizes_every_stream(stack: cdk.Stack) -> None:
    check = lambda_.Function.from_function_attributes(
        stack,
        "Check",
        function_arn=stack.format_arn(service="lambda", resource="function", resource_name="check"),
        same_environment=True,
    )
    authorizer = apigateway.TokenAuthorizer(stack, "Authorizer", handler=check)
    api = StreamingApi(stack, "Api", model=MODEL, authorizer=authorizer)
    api.add_stream("chat")
    api.add_probe()
    Template.from_stack(stack).all_resources_properties(
        "AWS::ApiGateway::Method", {"AuthorizationType": "CUSTOM", "AuthorizerId": Match.any_value()}
    )


def test_streaming_api_grant_execute_covers_the_stage_only(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("chat")
    api.grant_execute(iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal()))
    template = Template.from_stack(stack)
    (granted,) = template.find_resources(
        "AWS::IAM::Policy", {"Properties": {"Roles": [{"Ref": Match.string_like_regexp("^Caller")}]}}
    ).values()
    (statement,) = granted["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    *_, stage, end = statement["Resource"]["Fn::Join"][1]
    assert stage["Ref"] in template.find_resources("AWS::ApiGateway::Stage")
    assert end == "/*/*"


@pytest.mark.parametrize(
    ("response", "kind", "said"),
    [
        ("UNAUTHORIZED", "authentication_error", "the credentials are missing or not valid"),
        (
            "MISSING_AUTHENTICATION_TOKEN",
            "authentication_error",
            "this API has no such route, or the request is not signed",
        ),
        ("INVALID_SIGNATURE", "authentication_error", "What API Gateway says"),
        ("EXPIRED_TOKEN", "authentication_error", "What API Gateway says"),
        ("INVALID_API_KEY", "authentication_error", "the API key is missing or not valid"),
        ("ACCESS_DENIED", "permission_error", "the caller is not allowed to make this request"),
        ("WAF_FILTERED", "permission_error", "the request was refused by the web ACL of this API"),
        ("THROTTLED", "rate_limit_error", "too many requests"),
        ("QUOTA_EXCEEDED", "rate_limit_error", "the quota of this API key is used up"),
        ("DEFAULT_4XX", "invalid_request_error", "What API Gateway says"),
        ("DEFAULT_5XX", "api_error", "the request failed before the function answered"),
    ],
)
def test_streaming_api_gateway_responses_have_the_error_envelope(
    template: Template, response: str, kind: str, said: str
) -> None:
    (found,) = template.find_resources(
        "AWS::ApiGateway::GatewayResponse", {"Properties": {"ResponseType": response}}
    ).values()
    rendered = (
        found["Properties"]["ResponseTemplates"]["application/json"]
        .replace("$context.error.messageString", '"What API Gateway says"')
        .replace("$context.error.responseType", response)
        .replace("$context.requestId", "abc")
    )
    envelope = json.loads(rendered)
    assert envelope["type"] == "error"
    assert envelope["request_id"] == "abc"
    # where the SDKs of AWS look for it
    assert envelope["message"] == said
    assert envelope["error"] == {"type": kind, "message": said, "code": response, "param": None}


def test_streaming_api_throttled_responses_have_retry_after(template: Template) -> None:
    for response in ("THROTTLED", "QUOTA_EXCEEDED"):
        template.has_resource_properties(
            "AWS::ApiGateway::GatewayResponse",
            {
                "ResponseType": response,
                "ResponseParameters": {"gatewayresponse.header.Retry-After": Match.any_value()},
            },
        )


def test_streams_of_one_function_have_the_uri_of_their_own_stack(context: dict[str, object]) -> None:
    app = cdk.App(context=context)
    east = cdk.Stack(app, "East", env=cdk.Environment(account="1" * 12, region="us-east-1"))
    west = cdk.Stack(app, "West", env=cdk.Environment(account="1" * 12, region="us-west-2"))
    handler = lambda_.Function.from_function_arn(
        east, "Function", "arn:aws:lambda:us-east-1:111111111111:function:chat"
    )
    apis = [StreamingApi(stack, "Api", handler=handler) for stack in (east, west)]
    for path in ("one", "two"):
        for api in apis:
            api.add_stream(path)
    for stack, region in ((east, "us-east-1"), (west, "us-west-2")):
        found = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
        assert len(found) == 2
        assert all(
            f":apigateway:{region}:" in json.dumps(each["Properties"]["Integration"]) for each in found
        )
