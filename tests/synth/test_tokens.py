"""Every text, number and duration that a construct takes, once as a token: passed on, or refused."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    BedrockPrice,
    BedrockPrices,
    BedrockUsageMetric,
    BudgetAmount,
    GradualRollout,
    HttpStream,
    OpenApiStreams,
    Stream,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
    StreamStore,
    TokenBudget,
)

from .test_shared_options import PUBLIC

MODEL = BedrockModel("amazon.nova-lite-v1:0")
REFUSED_PRICE = "of a BedrockPrice must be known at synth: it is checked there, got a token"
REFUSED_PATH = "path of a stream must be known at synth: it is in ids of constructs, got a token"
REFUSED_VERB = "must be known at synth: it is in ids of constructs, got a token"
REFUSED_NAMES = "must be known at synth: they are what is checked, got a token"
#: instead of a reason
PASSED = None


def text(stack: cdk.Stack) -> str:
    return cdk.CfnParameter(stack, "Given").value_as_string


def number(stack: cdk.Stack) -> float:
    return cdk.CfnParameter(stack, "Given", type="Number").value_as_number


def millis(stack: cdk.Stack) -> Duration:
    return Duration.millis(number(stack))


def seconds(stack: cdk.Stack) -> Duration:
    return Duration.seconds(number(stack))


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
    with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
        api(stack).add_private_stream(
            **over({"path": "c", "url": "http://a.b", "vpc_link": link}, method(stack, given))
        )


def monitored(stack: cdk.Stack, metric: Callable[[], Any]) -> None:
    metric().create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)


def function(stack: cdk.Stack, **given: Any) -> StreamingFunction:  # noqa: ANN401 - any argument
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "F", **over({"code": code, "handler": "index.handler"}, given))


def keys(stack: cdk.Stack, **given: Any) -> ApiKeyAuthorizer:  # noqa: ANN401 - any argument
    found = ApiKeyAuthorizer(stack, "Keys", **given)
    api(stack, authorizer=found)
    return found


def budget(stack: cdk.Stack, **given: Any) -> TokenBudget:  # noqa: ANN401 - any argument
    return TokenBudget(stack, "Budget", per_day=BudgetAmount.tokens(1000), **given)


def bedrock(stack: cdk.Stack, **given: Any) -> None:  # noqa: ANN401 - any argument
    named = {"model_id": "us.amazon.nova-lite-v1:0" if "destination_regions" in given else MODEL.model_id}
    if {"guardrail", "guardrail_version", "guardrail_profile"} & set(given):
        named |= {"guardrail": "abcdefghij", "guardrail_version": "1"}
    BedrockFunction(stack, "F", model=BedrockModel(**over(named, given)))


def priced(stack: cdk.Stack, **given: Any) -> BedrockFunction:  # noqa: ANN401 - any argument
    price = BedrockPrice(**over({"input_price": 1, "output_price": 2}, given))
    return BedrockFunction(stack, "F", model=MODEL, prices=BedrockPrices({MODEL.model_id: price}))


def open_api(stack: cdk.Stack, **given: Any) -> None:  # noqa: ANN401 - any argument
    document = {"openapi": "3.0.1", "paths": {"/chat": {"post": {"operationId": "createChat"}}}}
    streams = OpenApiStreams(document, {"createChat": functions(stack)}, **given)
    apigateway.SpecRestApi(stack, "Spec", api_definition=streams.api_definition)


def monitoring(stack: cdk.Stack, given: dict[str, Any]) -> None:
    watched = StreamingApi(stack, "Api", model=MODEL)
    watched.add_stream("c")
    StreamingMonitoring(stack, "M", api=watched, **given)


#: how to give one argument to each public callable
BUILD: Mapping[str, Callable[..., object]] = {
    "StreamingApi": api,
    "StreamingApi.add_stream": lambda s, **it: api(s).add_stream(**over({"path": "c"}, method(s, it))),
    "StreamingApi.add_http_stream": lambda s, **it: api(s).add_http_stream(
        **over({"path": "c", "url": "http://a.b"}, method(s, it))
    ),
    "StreamingApi.add_private_stream": lambda s, **it: private(s, it),
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
    "StreamStore": lambda s, **it: StreamStore(s, "Store", **it),
    "TokenBudget": budget,
    "TokenBudget.metric_denied": lambda s, **it: monitored(s, lambda: budget(s).metric_denied(**it)),
    "TokenBudget.metric_unavailable": lambda s, **it: monitored(
        s, lambda: budget(s).metric_unavailable(**it)
    ),
    "TokenBudget.metric_warnings": lambda s, **it: monitored(s, lambda: budget(s).metric_warnings(**it)),
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
    "ApiKeyAuthorizer": keys,
    "ApiKeyAuthorizer.add_api_key": lambda s, **it: keys(s).add_api_key(**it),
    "GradualRollout": lambda s, **it: GradualRollout(s, "Rollout", function=function(s), **it),
    "StreamingMonitoring": lambda s, **it: monitoring(s, it),
    "OpenApiStreams": open_api,
    "BedrockModel": bedrock,
    "BedrockPrice": lambda s, **it: priced(s, **it),
}

#: arguments by name, and what becomes of a token: of a method, a function or whatever has one
TOKENS: Mapping[str, tuple[Callable[[cdk.Stack], object], str | None]] = {
    "alias_name": (text, PASSED),
    "allow_origins": (lambda s: [text(s)], PASSED),
    "authorization_scopes": (lambda s: [text(s)], PASSED),
    "binary_media_types": (lambda s: [text(s)], PASSED),
    "caller_may_send": (
        lambda s: [text(s)],
        "caller_may_send must be known at synth: its paths are checked, got a token",
    ),
    "cache_read": (number, REFUSED_PRICE),
    "cache_write": (number, REFUSED_PRICE),
    "cache_write_1h": (number, REFUSED_PRICE),
    "client": (text, "client must be known at synth: it is in ids of constructs, got a token"),
    "description": (text, PASSED),
    "endpoint_access_mode": (text, PASSED),
    "estimated_cost_threshold": (number, PASSED),
    "request_errors_threshold": (number, PASSED),
    "function_name": (text, PASSED),
    "requests_per_address": (number, PASSED),
    "security_policy": (text, PASSED),
    "destination_regions": (lambda s: [text(s)], PASSED),
    "environment": (lambda s: {"A": text(s)}, PASSED),
    "guardrail": (text, PASSED),
    "guardrail_profile": (text, "its id is in the ARNs of all destination Regions, got a token"),
    "guardrail_version": (text, PASSED),
    "handler": (text, PASSED),
    "http_method": (text, REFUSED_VERB),
    "input_price": (number, REFUSED_PRICE),
    "keys_ttl": (seconds, PASSED),
    "managed_rules": (lambda s: {"AWSManagedRulesCommonRuleSet": [text(s)]}, PASSED),
    "max_bytes": (number, "max_bytes must be known at synth: it is checked there, got a token"),
    "max_tokens": (number, PASSED),
    "memory_size": (number, PASSED),
    "model_id": (text, "is not known at synth; say what it names with kind="),
    "output_price": (number, REFUSED_PRICE),
    "parameter_mapping": (lambda s: {"integration.request.header.a": text(s)}, PASSED),
    "path": (text, REFUSED_PATH),
    "period": (seconds, "period of a metric must be known at synth: CloudWatch takes few, got a token"),
    "prefix": (text, REFUSED_PATH),
    "provisioned_concurrent_executions": (number, PASSED),
    "project": (text, PASSED),
    "request_parameters": (lambda s: {text(s): True}, REFUSED_NAMES),
    "reserve": (number, "reserve must be known at synth: it is checked there, got a token"),
    "reserved_concurrent_executions": (number, PASSED),
    "rest_api_name": (text, PASSED),
    "server_error_rate_threshold": (number, PASSED),
    "stage_name": (text, "stage_name must be known at synth: it is in ids of constructs, got a token"),
    "statistic": (text, "statistic of a metric must be known at synth: alarms have a property for each kind"),
    "stream_errors_threshold": (number, PASSED),
    "system_prompt": (text, PASSED),
    "throttling_burst_limit": (number, PASSED),
    "throttling_rate_limit": (number, PASSED),
    "time_to_first_content_threshold": (millis, PASSED),
    "timeout": (millis, PASSED),
    "ttl": (seconds, "ttl must be known at synth: it is checked there, got a token"),
    "url": (text, PASSED),
    "web_acl_arn": (text, PASSED),
}
OF_FUNCTIONS = {"timeout": (seconds, PASSED)}


def arguments() -> Iterator[tuple[str, str]]:
    """Yield every argument that takes a text, a number or a duration, of every public callable."""
    values = (BedrockModel, BedrockPrice, OpenApiStreams)
    for name, called in {**PUBLIC, **{each.__name__: each for each in values}}.items():
        for argument, parameter in inspect.signature(called).parameters.items():
            kinds = str(parameter.annotation).replace("Sequence[str]", "str").split(" | ")
            mapping = {"Mapping[str, str]", "Mapping[str, bool]"}
            if argument != "construct_id" and {"str", "int", "float", "Duration", *mapping} & set(kinds):
                yield name, argument


ARGUMENTS = sorted(arguments())


def test_token_table_has_every_argument_that_may_be_a_token() -> None:
    assert {name for _, name in ARGUMENTS} == set(TOKENS)
    assert {name for name, _ in ARGUMENTS} == set(BUILD)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_token_is_passed_on_or_refused_with_a_reason(stack: cdk.Stack, name: str, argument: str) -> None:
    of_function = name in ("StreamingFunction", "BedrockFunction")
    token, refused = (OF_FUNCTIONS if of_function and argument in OF_FUNCTIONS else TOKENS)[argument]
    if refused is not None:
        with pytest.raises(ValueError, match=r".") as error:
            BUILD[name](stack, **{argument: token(stack)})
        assert refused in str(error.value)
        assert "Token[" not in str(error.value) or argument == "model_id"
        return
    BUILD[name](stack, **{argument: token(stack)})
    resources = json.dumps(Template.from_stack(stack).to_json()["Resources"])
    assert '{"Ref": "Given"}' in resources
    assert "Token[" not in resources
    assert "e+289" not in resources


@pytest.mark.parametrize(
    ("name", "argument", "unit"),
    [
        ("StreamingApi.add_stream", "timeout", "millis"),
        ("HttpStream", "timeout", "millis"),
        ("OpenApiStreams", "timeout", "millis"),
        ("StreamingMonitoring", "time_to_first_content_threshold", "millis"),
        ("StreamingFunction", "timeout", "seconds"),
        ("ApiKeyAuthorizer", "keys_ttl", "seconds"),
    ],
)
def test_token_in_another_unit_is_refused_with_the_unit(
    stack: cdk.Stack, name: str, argument: str, unit: str
) -> None:
    with pytest.raises(ValueError, match=rf"cannot be converted; give it as Duration.{unit}\(\.\.\.\)"):
        BUILD[name](stack, **{argument: Duration.minutes(number(stack))})
