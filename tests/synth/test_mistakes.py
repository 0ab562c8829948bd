"""Typical mistakes, each refused at once, in one line that says what the argument takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFormat,
    BedrockFunction,
    BedrockModel,
    GradualRollout,
    HttpStream,
    OpenApiStreams,
    Stream,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
)

MODEL = BedrockModel("amazon.nova-lite-v1:0")


def wrong(value: object) -> Any:  # noqa: ANN401 - what type checkers would refuse
    return value


def theirs(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_name(stack, "Theirs", "theirs")


def api(stack: cdk.Stack) -> StreamingApi:
    return StreamingApi(stack, "Api", handler=theirs(stack))


def own(stack: cdk.Stack, **given: object) -> StreamingFunction:
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "Own", **cast(Any, {"code": code, "handler": "index.handler", **given}))


def chat(stack: cdk.Stack, **given: object) -> BedrockFunction:
    return BedrockFunction(stack, "Chat", model=MODEL, **cast(Any, given))


def singleton(stack: cdk.Stack) -> lambda_.SingletonFunction:
    return lambda_.SingletonFunction(
        stack,
        "Singleton",
        uuid="0",
        code=lambda_.Code.from_inline("handler = None"),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
    )


def imported_http_api(stack: cdk.Stack) -> apigatewayv2.IHttpApi:
    return apigatewayv2.HttpApi.from_http_api_attributes(stack, "Http", http_api_id="abc")


def in_stack(stack: cdk.Stack) -> apigateway.RestApi:
    return apigateway.RestApi(stack, "Mine")


MISTAKES: list[tuple[Callable[[cdk.Stack], object], str]] = [
    (
        lambda s: StreamingApi(s, "Api", handler=wrong(StreamingFunction)),
        "handler of StreamingApi 'Api' must be an IFunction, got the class StreamingFunction",
    ),
    (
        lambda s: wrong(api(s)).add_stream("chat", auth=1),
        "argument 'auth'; did you mean 'authorization_scopes' or 'authorization_type' or 'authorizer'?",
    ),
    (
        lambda s: Stream(s, "S", resource=wrong(apigatewayv2.HttpApi(s, "H")), handler=theirs(s)),
        "resource of Stream 'S' must be an IResource, got a HttpApi; HTTP APIs do not stream, use a REST API",
    ),
    (
        lambda s: HttpStream(s, "S", resource=wrong(in_stack(s)), url="https://a.b"),
        "resource of HttpStream 'S' must be an IResource, got a RestApi; give its root, or a resource below",
    ),
    (
        lambda s: StreamingMonitoring(s, "M", api=wrong(in_stack(s))),
        "api of StreamingMonitoring 'M' must be a StreamingApi, got a RestApi",
    ),
    (
        lambda s: StreamingMonitoring(s, "M", api=wrong(apigatewayv2.HttpApi(s, "H"))),
        "api of StreamingMonitoring 'M' must be a StreamingApi, got a HttpApi; HTTP APIs do not stream",
    ),
    (
        lambda s: StreamingMonitoring(s, "M", api=api(s), alarm_actions=wrong("arn")),
        "alarm_actions of StreamingMonitoring 'M' must be a list of IAlarmAction, got 'arn'",
    ),
    (
        lambda s: chat(s, service_tier="flex"),
        "service_tier of BedrockFunction 'Chat' must be a BedrockServiceTier, got 'flex'",
    ),
    (
        lambda s: chat(s, latency="optimized"),
        "latency of BedrockFunction 'Chat' must be a BedrockLatency, got 'optimized'",
    ),
    (
        lambda s: chat(s, models=MODEL),
        "models of BedrockFunction 'Chat' must be a list of BedrockModel, got a BedrockModel; write ",
    ),
    (
        lambda s: chat(s, caller_settings=["latency"]),
        "caller_settings of BedrockFunction 'Chat' must be a list of BedrockCallerSetting, got ['latency']",
    ),
    (
        lambda s: BedrockFunction(s, "Chat", model=wrong("amazon.nova-lite-v1:0")),
        "model of BedrockFunction 'Chat' must be a BedrockModel, got 'amazon.nova-lite-v1:0'",
    ),
    (
        lambda s: StreamingApi(s, "Api", domain_name=wrong("api.example.com")),
        "domain_name of StreamingApi 'Api' must be a DomainNameOptions, got 'api.example.com'",
    ),
    (
        lambda s: StreamingApi(s, "Api", handler=wrong("index.handler")),
        "handler of StreamingApi 'Api' must be an IFunction, got 'index.handler'",
    ),
    (
        lambda s: StreamingApi(s, "Api", authorizer=wrong(theirs(s))),
        "authorizer of StreamingApi 'Api' must be an IAuthorizer, got an imported construct",
    ),
    (
        lambda s: StreamingApi(s, "Api", authorization_type=wrong("IAM")),
        "authorization_type of StreamingApi 'Api' must be an AuthorizationType, got 'IAM'",
    ),
    (
        lambda s: StreamingApi(s, "Api", log_retention=wrong(30)),
        "log_retention of StreamingApi 'Api' must be a RetentionDays, got 30",
    ),
    (
        lambda s: StreamingApi(s, "Api", vpc_endpoints=wrong("vpce-1")),
        "vpc_endpoints of StreamingApi 'Api' must be a list of IVpcEndpoint, got 'vpce-1'",
    ),
    (
        lambda s: StreamingApi(s, "Api", api_key_required=wrong("yes")),
        "api_key_required of StreamingApi 'Api' must be True or False, got 'yes'",
    ),
    (
        lambda s: StreamingApi(s, "Api", throttling_burst_limit=wrong(True)),
        "throttling_burst_limit of StreamingApi 'Api' must be a number, got True",
    ),
    (
        lambda s: api(s).add_stream("chat", handler=wrong(own)),
        "handler of add_stream 'chat' must be an IFunction, got a function",
    ),
    (
        lambda s: api(s).add_stream("chat", request_schema=wrong({"type": "object"})),
        "request_schema of add_stream 'chat' must be a JsonSchema, got a dict",
    ),
    (
        lambda s: api(s).add_stream("chat", request_parameters=wrong(["method.request.path.id"])),
        "request_parameters of add_stream 'chat' must be a mapping of texts to True or False, got [",
    ),
    (
        lambda s: api(s).add_http_stream("docs", url=wrong(None)),
        "url of add_http_stream 'docs' must be a text, got None",
    ),
    (
        lambda s: api(s).add_http_stream("docs", url="http://a.b", load_balancer=wrong("arn")),
        "load_balancer of add_http_stream 'docs' must be an IApplicationLoadBalancer or an INetwork",
    ),
    (
        lambda s: api(s).add_usage_plan("Plan", api_keys=wrong("key")),
        "api_keys of add_usage_plan 'Plan' must be a list of IApiKey, got 'key'",
    ),
    (lambda s: api(s).add_web_acl(wrong(None)), "web_acl_arn of add_web_acl must be a text, got None"),
    (
        lambda s: api(s).grant_execute(wrong("role")),
        "grantee of grant_execute must be an IGrantable, got 'role'",
    ),
    (
        lambda s: own(s, runtime="python3.14"),
        "runtime of StreamingFunction 'Own' must be a Runtime, got 'python3.14'",
    ),
    (
        lambda s: own(s, code="reports"),
        "code of StreamingFunction 'Own' must be a Code, got 'reports'",
    ),
    (
        lambda s: own(s, environment={"A": 1}),
        "environment of StreamingFunction 'Own' must be a mapping of texts to texts, got 1 for 'A'",
    ),
    (
        lambda s: own(s, vpc="vpc-1"),
        "vpc of StreamingFunction 'Own' must be an IVpc, got 'vpc-1'",
    ),
    (
        lambda s: own(s, security_groups=ec2.SecurityGroup.from_security_group_id(s, "G", "sg-1")),
        "security_groups of StreamingFunction 'Own' must be a list of ISecurityGroup, got",
    ),
    (
        lambda s: GradualRollout(s, "R", function=wrong(theirs(s))),
        "function of GradualRollout 'R' must be a Function, got an imported construct; only a ",
    ),
    (
        lambda s: ApiKeyAuthorizer(s, "K", secret=wrong("arn")),
        "secret of ApiKeyAuthorizer 'K' must be an ISecret, got 'arn'",
    ),
    (
        lambda s: OpenApiStreams(wrong("openapi.yaml"), {}),
        "document of OpenApiStreams must be a mapping of texts to any values, got 'openapi.yaml'",
    ),
    (
        lambda s: api(s).add_bedrock_routes(handler=own(s)),
        "handler of add_bedrock_routes must be a BedrockFunction, or an alias or version of one, got",
    ),
    (
        lambda s: api(s).add_bedrock_routes(handler=own(s).add_alias("live")),
        "handler of add_bedrock_routes must be a BedrockFunction, or an alias or version of one, got",
    ),
    (
        lambda s: api(s).add_bedrock_routes(handler=wrong(singleton(s))),
        "handler of add_bedrock_routes must be a BedrockFunction, or an alias or version of one, got",
    ),
    (
        lambda s: api(s).add_bedrock_routes(formats=wrong(BedrockFormat.OPENAI)),
        "formats of add_bedrock_routes must be a list of BedrockFormat, got BedrockFormat.OPENAI; write",
    ),
    (
        lambda s: Stream(s, "S", resource=wrong(imported_http_api(s)), handler=theirs(s)),
        "resource of Stream 'S' must be an IResource, got an imported construct; HTTP APIs do not stream",
    ),
    (
        lambda s: api(s).add_managed_web_acl(managed_rules=wrong(["AWSManagedRulesCommonRuleSet"])),
        "managed_rules of add_managed_web_acl must be a mapping of texts to lists of texts, got [",
    ),
    (lambda s: own(s, memory_size=float("nan")), "memory_size of StreamingFunction 'Own' must be a number"),
    (
        lambda s: api(s).add_stream("chat", throttling_rate_limit=float("inf")),
        "throttling_rate_limit of add_stream 'chat' must be a number, got inf",
    ),
    (
        lambda _: wrong(BedrockModel)("amazon.nova-lite-v1:0", guard="abc"),
        "'guard'; did you mean 'guardrail' or 'guardrail_profile' or 'guardrail_version'?",
    ),
    (
        lambda _: BedrockModel("amazon.nova-lite-v1:0", kind=wrong("foundation-model")),
        "kind of BedrockModel must be a BedrockModelKind, got 'foundation-model'",
    ),
    *(
        (
            lambda s, document=document: OpenApiStreams(document, {"chat": theirs(s)}),
            f"{name} of the document must be a mapping, got None",
        )
        for name, document in {
            "paths": {"paths": None},
            "path '/chat'": {"paths": {"/chat": None}},
            "post of path '/chat'": {"paths": {"/chat": {"post": None}}},
        }.items()
    ),
]


@pytest.mark.parametrize(("build", "says"), MISTAKES, ids=[says for _, says in MISTAKES])
def test_mistake_is_refused_in_one_line(
    stack: cdk.Stack, build: Callable[[cdk.Stack], object], says: str
) -> None:
    with pytest.raises(TypeError) as refused:
        build(stack)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_family_of_models_earns_a_warning(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=BedrockModel("anthropic.claude"))
    (warning,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert "'anthropic.claude' names a family of models" in str(warning.entry.data)


def test_none_is_the_default_of_any_argument_that_has_one(stack: cdk.Stack) -> None:
    streaming = StreamingApi(stack, "Api", handler=theirs(stack), allow_origins=wrong(None))
    streaming.add_stream("chat", http_method=wrong(None), authorization_scopes=wrong(None))
    chat(stack, memory_size=None, models=None)


def test_argument_check_accepts_cdk_interface(stack: cdk.Stack) -> None:
    function = own(stack)
    streaming = StreamingApi(stack, "Api", handler=function.add_alias("live"))
    streaming.add_stream("version", handler=function.current_version)
    streaming.add_stream("imported", handler=theirs(stack))
    streaming.add_stream("tuple", authorization_scopes=())
    imported = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    chat(stack, vpc=imported, security_groups=[group], models=(MODEL,))
