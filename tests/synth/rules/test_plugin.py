"""StreamingRules in a CDK app: what it reports, where, and how a finding is acknowledged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_streaming_api import StreamingRules
from streaming_api_templates.rules.catalogue import RULES
from tests.synth.test_docstrings import examples
from tests.unit.streaming_api_templates.rules.templates import STREAMING_LOG

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


def function(scope: Construct, construct_id: str = "Function") -> lambda_.Function:
    """A function of a runtime that streams."""
    return lambda_.Function(
        scope,
        construct_id,
        runtime=lambda_.Runtime.NODEJS_24_X,
        handler="index.handler",
        code=lambda_.Code.from_inline("exports.handler = awslambda.streamifyResponse(() => {})"),
        timeout=Duration.minutes(15),
    )


def rest_api(scope: Construct) -> apigateway.RestApi:
    """A REST API as the CDK defines it, with its own ideas only where they contradict streaming."""
    return apigateway.RestApi(
        scope,
        "Api",
        cloud_watch_role=False,
        endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL]),
        deploy_options=logged(scope),
    )


def logged(scope: Construct) -> apigateway.StageOptions:
    """Options of a stage that logs whether a response was streamed."""
    return apigateway.StageOptions(
        access_log_destination=apigateway.LogGroupLogDestination(logs.LogGroup(scope, "AccessLog")),
        access_log_format=apigateway.AccessLogFormat.custom(f"$context.requestId {STREAMING_LOG}"),
    )


def stream(api: apigateway.RestApi, handler: lambda_.IFunction, path: str = "chat") -> apigateway.Method:
    """A streaming method as the CDK's own L2 defines it."""
    return api.root.add_resource(path).add_method(
        "POST",
        apigateway.LambdaIntegration(
            handler,
            response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
            timeout=Duration.minutes(15),
        ),
        authorization_type=apigateway.AuthorizationType.IAM,
    )


def resource(construct: Construct) -> cdk.CfnResource:
    """The L1 under a construct."""
    default = construct.node.default_child
    assert isinstance(default, cdk.CfnResource)
    return default


def report(app: cdk.App) -> dict[str, Any]:
    """Synthesize, and return what the plugin reported; errors fail the synthesis after the report."""
    failed = False
    try:
        app.synth()
    except RuntimeError:
        failed = True
    plugins = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    # the CDK leaves a plugin without findings out
    found: dict[str, Any] = next(
        (each for each in plugins if each["pluginName"] == "StreamingRules"), {"violations": []}
    )
    assert failed == any(each["severity"] == "error" for each in found["violations"])
    return found


def findings(app: cdk.App) -> list[tuple[str, str]]:
    """Return rule and construct path of every finding."""
    return [
        (violation["ruleName"], construct["constructPath"])
        for violation in report(app)["violations"]
        for construct in violation["violatingConstructs"]
    ]


def test_streaming_rules_l2_constructs_have_no_finding(ruled: cdk.App) -> None:
    stack = cdk.Stack(ruled, "Stack")
    api = rest_api(stack)
    stream(api, function(stack))
    live = function(stack, "Aliased").add_alias("live")
    stream(api, live, "aliased")
    stream(api, function(stack, "Versioned").current_version, "versioned")
    api.root.add_method("GET", apigateway.HttpIntegration("https://example.com"))
    api.root.add_cors_preflight(allow_origins=["https://a.example.com", "https://b.example.com"])
    api.add_gateway_response(
        "Denied", type=apigateway.ResponseType.DEFAULT_4_XX, response_headers={"x": "'y'"}
    )
    assert findings(ruled) == []


def test_streaming_rules_override_is_checked_as_deployed(ruled: cdk.App) -> None:
    stack = cdk.Stack(ruled, "Stack")
    method = stream(rest_api(stack), function(stack))
    resource(method).add_property_override("Integration.TimeoutInMillis", 960000)
    found = report(ruled)["violations"]
    of = {each["ruleName"]: each for each in found}
    assert list(of) == ["STREAM006", "STREAM008", "STREAM029"]
    assert of["STREAM006"]["severity"] == "error"
    assert "960000 ms, STREAM takes 50 to 900000" in of["STREAM006"]["description"]
    assert of["STREAM006"]["suggestedFix"] == f"{RULES['STREAM006'].fix} ({RULES['STREAM006'].link})"
    (construct,) = of["STREAM006"]["violatingConstructs"]
    assert construct["constructPath"] == "Stack/Api/Default/chat/POST/Resource"
    assert construct["cloudFormationResource"]["propertyPaths"] == ["Properties.Integration.TimeoutInMillis"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Integration.ResponseTransferMode", "STREAM"),
        ("AuthorizationType", "NONE"),
        ("Integration.RequestParameters", {"integration.request.header.x": "'y'"}),
    ],
)
def test_stream029_override_that_leaves_the_deployment_stale_is_found(
    ruled: cdk.App, path: str, value: object
) -> None:
    stack = cdk.Stack(ruled, "Stack")
    method = rest_api(stack).root.add_method(
        "POST",
        apigateway.LambdaIntegration(function(stack)),
        authorization_type=apigateway.AuthorizationType.IAM,
    )
    resource(method).add_property_override(path, value)
    found = [each for each in report(ruled)["violations"] if each["ruleName"] == "STREAM029"]
    assert [each["description"].partition(" differs")[0] for each in found] == [path]


def test_stream029_deployment_id_ignores_an_override_but_not_a_property(
    context: dict[str, object],
) -> None:
    def deployment(mode: apigateway.ResponseTransferMode | None, override: str | None) -> str:
        stack = cdk.Stack(cdk.App(context=context), "Stack")
        integration = apigateway.LambdaIntegration(function(stack), response_transfer_mode=mode)
        method = rest_api(stack).root.add_method("POST", integration)
        if override:
            resource(method).add_property_override("Integration.ResponseTransferMode", override)
        template = cdk.assertions.Template.from_stack(stack)
        return next(iter(template.find_resources("AWS::ApiGateway::Deployment")))

    stale = deployment(None, "STREAM")
    assert stale == deployment(None, None)
    assert stale != deployment(apigateway.ResponseTransferMode.STREAM, None)


def test_streaming_rules_nested_stack_and_stage_are_checked(ruled: cdk.App) -> None:
    stage = cdk.Stage(ruled, "Prod")
    stack = cdk.Stack(stage, "Stack")
    handler = function(stack)
    nested = cdk.NestedStack(stack, "Nested")
    stream(rest_api(nested), handler)
    resource(handler).add_property_override("Runtime", "java25")
    assert findings(ruled) == [("STREAM018", "Prod/Stack/Nested/Api/Default/chat/POST/Resource")]


def test_streaming_rules_function_of_another_stack_is_followed(ruled: cdk.App) -> None:
    backend, frontend = cdk.Stack(ruled, "Backend"), cdk.Stack(ruled, "Frontend")
    handler = function(backend)
    resource(handler).add_property_override("Timeout", 60)
    stream(rest_api(frontend), handler)
    assert findings(ruled) == [("STREAM008", "Frontend/Api/Default/chat/POST/Resource")]


def test_streaming_rules_openapi_definition_is_checked(ruled: cdk.App) -> None:
    stack = cdk.Stack(ruled, "Stack")
    handler = function(stack)
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "responseTransferMode": "STREAM",
        "uri": cdk.Fn.sub(
            "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${f}/invocations",
            {"f": handler.function_arn},
        ),
    }
    operation = {"x-amazon-apigateway-integration": integration, "security": [{"sigv4": []}]}
    definition = {"openapi": "3.0.1", "paths": {"/chat": {"post": operation}}}
    api = apigateway.SpecRestApi(
        stack,
        "Api",
        api_definition=apigateway.ApiDefinition.from_inline(definition),
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        deploy_options=logged(stack),
    )
    handler.add_permission("ApiGateway", principal=cdk.aws_iam.ServicePrincipal("apigateway.amazonaws.com"))
    found = report(ruled)["violations"]
    place = "Properties.Body.paths./chat.post.x-amazon-apigateway-integration"
    assert [each["ruleName"] for each in found] == ["STREAM003", "STREAM005"]
    assert [each["violatingConstructs"][0]["cloudFormationResource"]["propertyPaths"] for each in found] == [
        [f"{place}.uri"],
        [f"{place}.timeoutInMillis"],
    ]
    assert found[0]["violatingConstructs"][0]["constructPath"] == resource(api).node.path


def test_streaming_rules_empty_stack_has_no_finding(ruled: cdk.App) -> None:
    cdk.Stack(ruled, "Empty")
    assert findings(ruled) == []


def test_streaming_rules_rule_ids_are_those_of_the_catalogue(ruled: cdk.App) -> None:
    assert StreamingRules().rule_ids == list(RULES)


@pytest.mark.parametrize(
    "blocks",
    [examples(StreamingRules), re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)],
    ids=["docstring", "docs/rules.md"],
)
def test_streaming_rules_examples_of_docstring_and_page_run(app: cdk.App, blocks: list[str]) -> None:
    names: dict[str, object] = {"app": app, "cdk": cdk, "StreamingRules": StreamingRules}
    stack = cdk.Stack(app, "Stack")
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False, deploy_options=logged(stack))
    stream(api, function(stack))
    names["api"] = api
    for block in blocks:
        exec(compile(block, "StreamingRules", "exec"), names)
    assert len(blocks) == 2
    found = report(app)
    assert found["violations"] == []
    assert [each["ruleName"] for each in found["suppressedViolations"]] == ["STREAM016"]
