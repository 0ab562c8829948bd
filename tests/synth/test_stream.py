"""One streaming method: what makes it stream, how long it may, and who may call it."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import Stream


def function(scope: cdk.Stack, timeout: Duration | None = None, name: str = "Function") -> lambda_.Function:
    return lambda_.Function(
        scope,
        name,
        code=lambda_.Code.from_inline("exports.handler = null"),
        handler="index.handler",
        runtime=lambda_.Runtime.NODEJS_24_X,
        timeout=timeout,
    )


def resource(scope: cdk.Stack, options: apigateway.MethodOptions | None = None) -> apigateway.Resource:
    api = apigateway.RestApi(scope, "Api", cloud_watch_role=False, default_method_options=options)
    return api.root.add_resource("chat")


IAM_ONLY = apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM)


def integration(stack: cdk.Stack) -> dict[str, object]:
    (method,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    found: dict[str, object] = method["Properties"]["Integration"]
    return found


def warnings(stack: cdk.Stack) -> list[str]:
    return [
        str(found.entry.data) for found in Annotations.from_stack(stack).find_warning("*", Match.any_value())
    ]


def test_stream_construct_integration_is_response_streaming_invocation(stack: cdk.Stack) -> None:
    Stream(stack, "Chat", resource=resource(stack), handler=function(stack, Duration.minutes(15)))
    found = integration(stack)
    assert found["Type"] == "AWS_PROXY"
    assert found["IntegrationHttpMethod"] == "POST"
    assert found["ResponseTransferMode"] == "STREAM"
    assert found["TimeoutInMillis"] == 900_000
    parts = stack.resolve(found["Uri"])["Fn::Join"][1]
    assert parts[0] == "arn:"
    assert parts[4] == ":lambda:path/2021-11-15/functions/"
    assert parts[-1] == "/response-streaming-invocations"


def test_stream_construct_permission_is_for_its_method_only(stack: cdk.Stack) -> None:
    Stream(stack, "Chat", resource=resource(stack), handler=function(stack, Duration.minutes(15)))
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Permission", 1)
    (permission,) = template.find_resources("AWS::Lambda::Permission").values()
    assert permission["Properties"]["Action"] == "lambda:InvokeFunction"
    assert permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
    assert permission["Properties"]["SourceArn"]["Fn::Join"][1][-1] == "/POST/chat"


@pytest.mark.parametrize("target", ["alias", "version"])
def test_stream_construct_alias_or_version_has_timeout_of_its_function(stack: cdk.Stack, target: str) -> None:
    version = function(stack, Duration.minutes(4)).current_version
    handler = (
        lambda_.Alias(stack, "Live", alias_name="live", version=version) if target == "alias" else version
    )
    Stream(stack, "Chat", resource=resource(stack, IAM_ONLY), handler=handler)
    assert integration(stack)["TimeoutInMillis"] == 240_000
    assert warnings(stack) == []


def test_stream_construct_imported_function_has_timeout_of_15_minutes(stack: cdk.Stack) -> None:
    handler = lambda_.Function.from_function_attributes(
        stack,
        "Theirs",
        function_arn=stack.format_arn(service="lambda", resource="function", resource_name="theirs"),
        same_environment=True,
    )
    Stream(stack, "Chat", resource=resource(stack, IAM_ONLY), handler=handler)
    assert integration(stack)["TimeoutInMillis"] == 900_000
    assert warnings(stack) == []


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        (Duration.minutes(20), "timeout of stream '/chat' must be at most 15 minutes, got 20 minutes"),
        (Duration.millis(900_001), "must be at most 15 minutes, got 15 minutes 1 milli"),
        (Duration.millis(49), "timeout of stream '/chat' must be at least 50 millis, got 49 millis"),
    ],
)
def test_stream_construct_timeout_out_of_range_is_refused(
    stack: cdk.Stack, timeout: Duration, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Stream(stack, "Chat", resource=resource(stack), handler=function(stack), timeout=timeout)


@pytest.mark.parametrize("timeout", [Duration.millis(50), Duration.minutes(15)])
def test_stream_construct_timeout_bounds_are_accepted(stack: cdk.Stack, timeout: Duration) -> None:
    Stream(stack, "Chat", resource=resource(stack), handler=function(stack), timeout=timeout)
    assert integration(stack)["TimeoutInMillis"] == timeout.to_milliseconds()


def test_stream_construct_timeout_token_is_passed_on(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Timeout", type="Number")
    Stream(
        stack,
        "Chat",
        resource=resource(stack, IAM_ONLY),
        handler=function(stack, Duration.minutes(15)),
        timeout=Duration.millis(parameter.value_as_number),
    )
    assert integration(stack)["TimeoutInMillis"] == {"Ref": "Timeout"}
    assert warnings(stack) == []


@pytest.mark.parametrize(
    ("of_function", "of_stream", "winner"),
    [
        (None, None, "the function's timeout wins: it ends the stream after 3 seconds"),
        (
            Duration.minutes(1),
            Duration.minutes(5),
            "it ends the stream after 1 minute, API Gateway would wait",
        ),
        (
            Duration.minutes(5),
            Duration.minutes(1),
            "API Gateway's timeout wins: it ends the stream after 1 min",
        ),
    ],
)
def test_stream_construct_timeout_mismatch_is_a_warning_with_the_winner(
    stack: cdk.Stack, of_function: Duration | None, of_stream: Duration | None, winner: str
) -> None:
    Stream(
        stack,
        "Chat",
        resource=resource(stack, IAM_ONLY),
        handler=function(stack, of_function),
        timeout=of_stream,
    )
    (warning,) = warnings(stack)
    assert winner in warning
    assert "timeouts of stream '/chat' differ" in warning
    assert "[ack: StreamingRules::STREAM008]" in warning


def test_stream_construct_acknowledged_timeout_mismatch_has_no_warning(stack: cdk.Stack) -> None:
    stream = Stream(stack, "Chat", resource=resource(stack, IAM_ONLY), handler=function(stack))
    cdk.Validations.of(stream).acknowledge(
        cdk.Acknowledgment(id="StreamingRules::STREAM008", reason="the demonstration is short")
    )
    assert warnings(stack) == []


def test_stream_construct_default_authorization_is_iam(stack: cdk.Stack) -> None:
    Stream(stack, "Chat", resource=resource(stack), handler=function(stack, Duration.minutes(15)))
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApiGateway::Method", {"AuthorizationType": "AWS_IAM"}
    )
    assert warnings(stack) == []


@pytest.mark.parametrize("said", ["by the stream", "by the default of the API"])
def test_stream_construct_open_method_is_a_warning(stack: cdk.Stack, said: str) -> None:
    none = apigateway.AuthorizationType.NONE
    options = apigateway.MethodOptions(authorization_type=none)
    Stream(
        stack,
        "Chat",
        resource=resource(stack, None if said == "by the stream" else options),
        handler=function(stack, Duration.minutes(15)),
        authorization_type=none if said == "by the stream" else None,
    )
    (warning,) = warnings(stack)
    assert "stream '/chat' is open" in warning
    assert "[ack: StreamingRules::STREAM023]" in warning


@pytest.mark.parametrize(
    ("authorizer", "kind"),
    [
        (
            lambda scope: apigateway.TokenAuthorizer(
                scope, "Authorizer", handler=function(scope, name="Authorize")
            ),
            "CUSTOM",
        ),
        (
            lambda scope: apigateway.CognitoUserPoolsAuthorizer(
                scope, "Authorizer", cognito_user_pools=[cdk.aws_cognito.UserPool(scope, "Pool")]
            ),
            "COGNITO_USER_POOLS",
        ),
    ],
)
def test_stream_construct_authorizer_replaces_default_authorization(
    stack: cdk.Stack, authorizer: Callable[[cdk.Stack], apigateway.IAuthorizer], kind: str
) -> None:
    Stream(
        stack,
        "Chat",
        resource=resource(stack, IAM_ONLY),
        handler=function(stack, Duration.minutes(15)),
        authorizer=authorizer(stack),
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApiGateway::Method", {"AuthorizationType": kind, "AuthorizerId": Match.any_value()}
    )
    assert warnings(stack) == []


def test_stream_construct_grant_execute_names_the_method(stack: cdk.Stack) -> None:
    stream = Stream(stack, "Chat", resource=resource(stack), handler=function(stack, Duration.minutes(15)))
    stream.grant_execute(iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal()))
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"]["Fn::Join"][1][-1] == "/POST/chat"


@pytest.mark.parametrize(
    ("path", "http_method", "called"), [("chat", "POST", "POST/chat"), ("a/{id}/{proxy+}", "ANY", "*/a/*/*")]
)
def test_stream_construct_grant_execute_to_other_account_is_resource_policy(
    stack: cdk.Stack, path: str, http_method: str, called: str
) -> None:
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False, default_method_options=IAM_ONLY)
    handler = function(stack, Duration.minutes(15))
    at = api.root.resource_for_path(path)
    stream = Stream(stack, "Chat", resource=at, handler=handler, http_method=http_method)
    stream.grant_execute(iam.AccountPrincipal("999988887777"))
    (found,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::RestApi").values()
    (statement,) = found["Properties"]["Policy"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    assert statement["Resource"] == f"execute-api:/*/{called}"


def test_stream_construct_timeout_and_transfer_mode_change_the_deployment(context: dict[str, object]) -> None:
    def deployment(timeout: Duration, mode: apigateway.ResponseTransferMode) -> str:
        stack = cdk.Stack(cdk.App(context=context, builtin_cloud_formation_validation=False), "Test")
        handler = function(stack, Duration.minutes(15))
        if mode == apigateway.ResponseTransferMode.STREAM:
            Stream(stack, "Chat", resource=resource(stack), handler=handler, timeout=timeout)
        else:
            resource(stack).add_method("POST", apigateway.LambdaIntegration(handler, timeout=timeout))
        (logical_id,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Deployment")
        return logical_id

    stream, buffered = apigateway.ResponseTransferMode.STREAM, apigateway.ResponseTransferMode.BUFFERED
    first = deployment(Duration.seconds(20), stream)
    assert first == deployment(Duration.seconds(20), stream)
    assert first != deployment(Duration.seconds(21), stream)
    assert first != deployment(Duration.seconds(20), buffered)


def test_stream_timeouts_are_compared_when_the_app_is_complete(stack: cdk.Stack) -> None:
    late, early = function(stack, name="Late"), function(stack, Duration.minutes(2), "Early")
    chat = resource(stack)
    Stream(stack, "S1", resource=chat, handler=late, timeout=Duration.minutes(5))
    Stream(stack, "S2", resource=chat.add_resource("two"), handler=early)
    for it, seconds in ((late, 300), (early, 60)):
        definition = it.node.default_child
        assert isinstance(definition, lambda_.CfnFunction)
        definition.timeout = seconds
    (warning,) = warnings(stack)
    assert "it ends the stream after 1 minute, API Gateway would wait 2 minutes" in str(warning)


def test_stream_is_open_or_not_when_the_app_is_complete(stack: cdk.Stack) -> None:
    none = apigateway.AuthorizationType.NONE
    handler = function(stack, Duration.minutes(15))
    stream = Stream(stack, "S", resource=resource(stack), handler=handler, authorization_type=none)
    definition = stream.method.node.default_child
    assert isinstance(definition, apigateway.CfnMethod)
    definition.authorization_type = "AWS_IAM"
    assert warnings(stack) == []


def test_stream_timeout_by_default_is_that_of_the_function_before_its_first_stream(stack: cdk.Stack) -> None:
    handler, chat = function(stack, Duration.minutes(2)), resource(stack)
    Stream(stack, "S1", resource=chat, handler=handler)
    definition = handler.node.default_child
    assert isinstance(definition, lambda_.CfnFunction)
    definition.timeout = 60
    Stream(stack, "S2", resource=chat.add_resource("two"), handler=handler)
    assert str(warnings(stack)).count("after 1 minute, API Gateway would wait 2 minutes") == 2
