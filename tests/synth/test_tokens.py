"""Every text, number and duration that a construct takes, once as a token: passed on, or refused."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Template

from .one_argument import BUILD
from .test_shared_options import PUBLIC, VALUES

REFUSED_PRICE = "of a BedrockPrice must be known at synth: it is checked there, got a token"
REFUSED_PATH = "path of a stream must be known at synth: it is in ids of constructs, got a token"
REFUSED_VERB = "must be known at synth: it is in ids of constructs, got a token"
REFUSED_EDGE = "of StreamingUrl 'Url' must be known at synth: the CDK checks it, got a token"
REFUSED_NAMES = "must be known at synth: they are what is checked, got a token"
REFUSED_FOLDER = "of BundledCode must be known at synth: it is read there, got a token"
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


#: arguments by name, and what becomes of a token: of a method, a function or whatever has one
TOKENS: Mapping[str, tuple[Callable[[cdk.Stack], object], str | None]] = {
    "access_log_expiration": (seconds, REFUSED_EDGE),
    "alias_name": (text, PASSED),
    "allow_hosts": (lambda s: [text(s)], PASSED),
    "allow_origins": (lambda s: [text(s)], PASSED),
    "audience": (lambda s: [text(s)], PASSED),
    "authorization_scopes": (lambda s: [text(s)], PASSED),
    "binary_media_types": (lambda s: [text(s)], PASSED),
    "caller_may_send": (
        lambda s: [text(s)],
        "caller_may_send must be known at synth: its paths are checked, got a token",
    ),
    "authorization_endpoint": (text, PASSED),
    "cache_read": (number, REFUSED_PRICE),
    "cache_write": (number, REFUSED_PRICE),
    "cache_write_1h": (number, REFUSED_PRICE),
    "client": (text, "client must be known at synth: it is in ids of constructs, got a token"),
    "client_ids": (lambda s: [text(s)], PASSED),
    "description": (text, PASSED),
    "domain_names": (lambda s: [text(s)], PASSED),
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
    "issuer": (text, PASSED),
    "jwks_url": (text, PASSED),
    "keepalive_timeout": (seconds, REFUSED_EDGE),
    "keys_ttl": (seconds, PASSED),
    "managed_rules": (lambda s: {"AWSManagedRulesCommonRuleSet": [text(s)]}, PASSED),
    "max_bytes": (number, "max_bytes must be known at synth: it is checked there, got a token"),
    "max_tokens": (number, PASSED),
    "memory_size": (number, PASSED),
    "model_id": (text, "is not known at synth; say what it names with kind="),
    "output": (text, REFUSED_FOLDER),
    "output_price": (number, REFUSED_PRICE),
    "parameter_mapping": (lambda s: {"integration.request.header.a": text(s)}, PASSED),
    "path": (text, REFUSED_PATH),
    "period": (seconds, "period of a metric must be known at synth: CloudWatch takes few, got a token"),
    "prefix": (text, REFUSED_PATH),
    "provisioned_concurrent_executions": (number, PASSED),
    "project": (text, PASSED),
    "read_timeout": (seconds, REFUSED_EDGE),
    "request_parameters": (lambda s: {text(s): True}, REFUSED_NAMES),
    "reserve": (number, "reserve must be known at synth: it is checked there, got a token"),
    "reserved_concurrent_executions": (number, PASSED),
    "rest_api_name": (text, PASSED),
    "scopes": (lambda s: [text(s)], PASSED),
    "server_error_rate_threshold": (number, PASSED),
    "stage_name": (text, "stage_name must be known at synth: it is in ids of constructs, got a token"),
    "source": (text, REFUSED_FOLDER),
    "statistic": (text, "statistic of a metric must be known at synth: alarms have a property for each kind"),
    "stream_errors_threshold": (number, PASSED),
    "system_prompt": (text, PASSED),
    "throttling_burst_limit": (number, PASSED),
    "throttling_rate_limit": (number, PASSED),
    "time_to_first_content_threshold": (millis, PASSED),
    "timeout": (millis, PASSED),
    "token_endpoint": (text, PASSED),
    "ttl": (seconds, "ttl must be known at synth: it is checked there, got a token"),
    "url": (text, PASSED),
    "web_acl_arn": (text, PASSED),
}
OF_FUNCTIONS = {"timeout": (seconds, PASSED)}


def arguments() -> Iterator[tuple[str, str]]:
    """Yield every argument that takes a text, a number or a duration, of every public callable."""
    for name, called in {**PUBLIC, **VALUES}.items():
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
