"""Give any argument to any public callable, and what it needs besides."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    BedrockPrice,
    BedrockPrices,
    BedrockUsageMetric,
    BudgetAmount,
    BundledCode,
    GradualRollout,
    HttpStream,
    JwtAuthorizer,
    McpAuthorization,
    OpenApiStreams,
    Stream,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
    StreamingUrl,
    StreamStore,
    TokenBudget,
)

MODEL = BedrockModel("amazon.nova-lite-v1:0")


def functions(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_name(stack, "Theirs", "theirs")


def over(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {**defaults, **given}


def method(stack: cdk.Stack, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a method; scopes are for an authorizer with a user pool."""
    if "authorization_scopes" not in given:
        return given
    pool = cognito.UserPool(stack, "Pool")
    return {
        **given,
        "authorizer": apigateway.CognitoUserPoolsAuthorizer(stack, "Users", cognito_user_pools=[pool]),
    }


def api(stack: cdk.Stack, **given: Any) -> StreamingApi:  # noqa: ANN401 - any argument
    found = StreamingApi(stack, "Api", handler=functions(stack), **given)
    found.add_stream("first")
    return found


def resource(stack: cdk.Stack) -> apigateway.Resource:
    return apigateway.RestApi(stack, "Mine").root.add_resource("chat")


def private(stack: cdk.Stack, given: dict[str, Any]) -> None:
    link = apigateway.VpcLink.from_vpc_link_id(stack, "Link", "link")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        api(stack).add_private_stream(
            **over({"path": "c", "url": "http://a.b", "vpc_link": link}, method(stack, given))
        )


def mcp(stack: cdk.Stack, given: dict[str, Any]) -> None:
    allowed = {"allow_origins": given["allow_origins"]} if "allow_origins" in given else {}
    api(stack, **allowed).add_mcp_server(**over({"path": "m", "handler": function(stack)}, given))


def monitored(stack: cdk.Stack, metric: Callable[[], Any]) -> None:
    metric().create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)


def function(stack: cdk.Stack, **given: Any) -> StreamingFunction:  # noqa: ANN401 - any argument
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "F", **over({"code": code, "handler": "index.handler"}, given))


def keys(stack: cdk.Stack, kind: Any = ApiKeyAuthorizer, **given: Any) -> Any:  # noqa: ANN401 - any argument
    jwt = {"issuer": "https://a.b", "jwks_url": "https://a.b/k", "audience": ["c"], "scopes": ["d"]}
    found = kind(stack, "Keys", **over(jwt if kind is JwtAuthorizer else {}, given))
    api(stack, authorizer=found)
    return found


def signing_in(stack: cdk.Stack, **given: Any) -> None:  # noqa: ANN401 - any argument
    other = {"authorization_endpoint": "token_endpoint", "token_endpoint": "authorization_endpoint"}
    both = {other[name]: "https://a.b/c" for name in given if name in other}
    needed = {"issuer": "https://a.b", "jwks_url": "https://a.b/k", **both}
    found = McpAuthorization(**over(needed, given))
    tokens = JwtAuthorizer(stack, "Keys", issuer=found.issuer, jwks_url=found.jwks_url)
    handler = functions(stack)
    served = StreamingApi(stack, "Api")
    served.add_mcp_server("mcp", handler=handler, authorizer=tokens, authorization=found)


def bedrock(stack: cdk.Stack, **given: Any) -> None:  # noqa: ANN401 - any argument
    named = {"model_id": "us.amazon.nova-lite-v1:0" if "destination_regions" in given else MODEL.model_id}
    if {"guardrail", "guardrail_version", "guardrail_profile"} & set(given):
        named |= {"guardrail": "abcdefghij", "guardrail_version": "1"}
    BedrockFunction(stack, "F", model=BedrockModel(**over(named, given)))


def priced(stack: cdk.Stack, **given: Any) -> BedrockFunction:  # noqa: ANN401 - any argument
    price = BedrockPrice(**over({"input_price": 1, "output_price": 2}, given))
    return BedrockFunction(stack, "F", model=MODEL, prices=BedrockPrices({MODEL.model_id: price}))


def budget(stack: cdk.Stack, **given: Any) -> TokenBudget:  # noqa: ANN401 - any argument
    return TokenBudget(stack, "Budget", per_day=BudgetAmount.tokens(1000), **given)


def open_api(stack: cdk.Stack, **given: Any) -> None:  # noqa: ANN401 - any argument
    document = {"openapi": "3.0.1", "paths": {"/chat": {"post": {"operationId": "createChat"}}}}
    streams = OpenApiStreams(document, {"createChat": functions(stack)}, **given)
    apigateway.SpecRestApi(stack, "Spec", api_definition=streams.api_definition)


def monitoring(stack: cdk.Stack, given: dict[str, Any]) -> None:
    watched = StreamingApi(stack, "Api", model=MODEL)
    watched.add_stream("c")
    StreamingMonitoring(stack, "M", api=watched, **given)


def url(stack: cdk.Stack, **given: Any) -> StreamingUrl:  # noqa: ANN401 - any argument
    if "domain_names" in given:
        arn = "arn:aws:acm:us-east-1:111122223333:certificate/1"
        given["certificate"] = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
    return StreamingUrl(stack, "Url", handler=functions(stack), behind_cloudfront=True, **given)


#: how to give one argument to each public callable
BUILD: Mapping[str, Callable[..., object]] = {
    "StreamingApi": api,
    "StreamingApi.add_stream": lambda s, **it: api(s).add_stream(**over({"path": "c"}, method(s, it))),
    "StreamingApi.add_http_stream": lambda s, **it: api(s).add_http_stream(
        **over({"path": "c", "url": "http://a.b"}, method(s, it))
    ),
    "StreamingApi.add_private_stream": lambda s, **it: private(s, it),
    "StreamingApi.add_mcp_server": lambda s, **it: mcp(s, method(s, it)),
    "StreamingApi.add_probe": lambda s, **it: api(s).add_probe(**it),
    "StreamingApi.add_bedrock_routes": lambda s, **it: api(s).add_bedrock_routes(**it),
    "StreamingApi.add_web_acl": lambda s, **it: api(s).add_web_acl(**it),
    "StreamingApi.add_managed_web_acl": lambda s, **it: api(s).add_managed_web_acl(**it),
    "StreamingApi.metric_time_to_first_content": lambda s, **it: monitored(
        s, lambda: api(s).metric_time_to_first_content(**it)
    ),
    "StreamingApi.metric_stream_duration": lambda s, **it: monitored(
        s, lambda: api(s).metric_stream_duration(**it)
    ),
    "Stream": lambda s, **it: Stream(s, "S", resource=resource(s), handler=functions(s), **method(s, it)),
    "HttpStream": lambda s, **it: HttpStream(
        s, "S", **over({"resource": resource(s), "url": "http://a.b"}, method(s, it))
    ),
    "StreamingUrl": url,
    "StreamStore": lambda s, **it: StreamStore(s, "Store", **it),
    "StreamingFunction": function,
    "StreamingFunction.metric_streams_not_kept": lambda s, **it: monitored(
        s, lambda: function(s, store=StreamStore(s, "Store")).metric_streams_not_kept(**it)
    ),
    "StreamingFunction.metric_stream_errors": lambda s, **it: monitored(
        s, lambda: function(s).metric_stream_errors(**it)
    ),
    "BedrockFunction": lambda s, **it: BedrockFunction(s, "F", model=MODEL, **it),
    "BedrockFunction.metric_streams_not_kept": lambda s, **it: monitored(
        s,
        lambda: BedrockFunction(s, "F", model=MODEL, store=StreamStore(s, "Store")).metric_streams_not_kept(
            **it
        ),
    ),
    "BedrockFunction.metric_stream_errors": lambda s, **it: monitored(
        s, lambda: BedrockFunction(s, "F", model=MODEL).metric_stream_errors(**it)
    ),
    "BedrockFunction.metric_usage": lambda s, **it: monitored(
        s, lambda: priced(s).metric_usage(BedrockUsageMetric.ERRORS, api=apigateway.RestApi(s, "R"), **it)
    ),
    "TokenBudget": budget,
    "TokenBudget.metric_denied": lambda s, **it: monitored(s, lambda: budget(s).metric_denied(**it)),
    "TokenBudget.metric_unavailable": lambda s, **it: monitored(
        s, lambda: budget(s).metric_unavailable(**it)
    ),
    "TokenBudget.metric_warnings": lambda s, **it: monitored(s, lambda: budget(s).metric_warnings(**it)),
    "ApiKeyAuthorizer": keys,
    "ApiKeyAuthorizer.add_api_key": lambda s, **it: keys(s).add_api_key(**it),
    "JwtAuthorizer": lambda s, **it: keys(s, JwtAuthorizer, **it),
    "JwtAuthorizer.add_audience": lambda s, **it: keys(s, JwtAuthorizer).add_audience(**it),
    "GradualRollout": lambda s, **it: GradualRollout(s, "Rollout", function=function(s), **it),
    "StreamingMonitoring": lambda s, **it: monitoring(s, it),
    "OpenApiStreams": open_api,
    "BedrockModel": bedrock,
    "BedrockPrice": lambda s, **it: priced(s, **it),
    "BundledCode": lambda s, **it: BundledCode(**over({"source": "functions"}, it)),
    "McpAuthorization": signing_in,
}
