"""A URL or a model that is a token is passed on whole."""

from __future__ import annotations

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk.assertions import Template

from cdk_streaming_api import (
    BedrockModelKind,
    StreamingApi,
)
from tests.synth.one_argument import bedrock, function
from tests.synth.test_tokens import text


def balancer(stack: cdk.Stack) -> str:
    return elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(
        stack,
        "Alb",
        load_balancer_arn="arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1",
        load_balancer_dns_name=text(stack),
        security_group_id="sg-1",
    ).load_balancer_dns_name


@pytest.mark.parametrize(
    "url",
    [
        lambda stack: f"http://{balancer(stack)}/x",
        lambda stack: f"http://{text(stack)}/x/{{id}}",
        lambda stack: f"{text(stack)}/{{id}}/x",
        lambda stack: f"https://{cdk.Fn.import_value('Host')}/{{id}}",
        lambda stack: f"https://search.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}/{{id}}",
        lambda stack: (
            f"https://{cdk.aws_ssm.StringParameter.value_for_string_parameter(stack, '/host')}/{{id}}"
        ),
        lambda stack: cdk.Fn.join("", ["https://", text(stack), "/x"]),
    ],
)
def test_token_in_url_is_passed_on_with_path_parameters(
    stack: cdk.Stack, url: Callable[[cdk.Stack], str]
) -> None:
    given = url(stack)
    StreamingApi(stack, "Api").add_http_stream("items/{id}", http_method="GET", url=given)
    (found,) = (
        each["Properties"]["Integration"]
        for each in Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    )
    assert found["Uri"] == stack.resolve(given)
    expected = {"integration.request.path.id": "method.request.path.id"} if "{id}" in given else None
    assert found.get("RequestParameters") == expected


def test_token_as_model_is_passed_on_with_its_kind(stack: cdk.Stack) -> None:
    bedrock(stack, model_id=text(stack), kind=BedrockModelKind.FOUNDATION_MODEL)
    assert '{"Ref": "Given"}' in json.dumps(Template.from_stack(stack).to_json()["Resources"])


def test_stage_variable_in_url_is_passed_on(stack: cdk.Stack) -> None:
    url = "https://${stageVariables.host}/items/{id}"
    StreamingApi(stack, "Api").add_http_stream("items/{id}", http_method="GET", url=url)
    (found,) = (
        each["Properties"]["Integration"]
        for each in Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    )
    assert found["Uri"] == url
    assert found["RequestParameters"] == {"integration.request.path.id": "method.request.path.id"}


@pytest.mark.parametrize("handler", ["{}", "{}.handler", "index.{}", "{}{}"])
def test_token_in_handler_is_passed_on(stack: cdk.Stack, handler: str) -> None:
    function(stack, handler=handler.replace("{}", text(stack)))
    assert '{"Ref": "Given"}' in json.dumps(Template.from_stack(stack).to_json()["Resources"])
