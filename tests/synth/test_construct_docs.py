"""The pages about the constructs: what they show is executed, and what they say is created, is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import aws_cdk as cdk
import cfnlint.api  # type: ignore[import-untyped]
import pytest
from aws_cdk import (
    Duration,
    NestedStack,
    RemovalPolicies,
    RemovalPolicy,
    Size,
    Tags,
    aws_apigateway,
    aws_apigatewayv2,
    aws_certificatemanager,
    aws_cloudwatch_actions,
    aws_codedeploy,
    aws_cognito,
    aws_ec2,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_s3,
    aws_sns,
)
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk.assertions import Template

import cdk_streaming_api
from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingApi

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [*sorted(DOCS.glob("constructs*.md")), DOCS / "function-urls.md"]
ARN = "arn:aws:{}:eu-west-1:111122223333:{}"


def given(stack: cdk.Stack) -> dict[str, object]:
    """Return what the examples take as there: an API, functions, and resources of others."""
    vpc = aws_ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0000000a",
        availability_zones=["a"],
        private_subnet_ids=["subnet-0000000a"],
        private_subnet_route_table_ids=["rtb-0000000a"],
    )
    model = BedrockModel("amazon.nova-lite-v1:0")
    chat = BedrockFunction(stack, "GivenChat", model=model)
    api = StreamingApi(stack, "Given", handler=chat)
    names: dict[str, object] = {name: getattr(cdk_streaming_api, name) for name in cdk_streaming_api.__all__}
    return names | {
        "self": stack,
        "model": model,
        "chat": chat,
        "api": api,
        "stream": api.add_stream("given"),
        "my_api": aws_apigateway.RestApi(stack, "Mine", cloud_watch_role=False),
        "reports": aws_lambda.Function.from_function_arn(
            stack, "Reports", ARN.format("lambda", "function:x")
        ),
        "function": BedrockFunction(stack, "Function", model=model),
        "document": {"openapi": "3.0.1", "paths": {"/chat": {"post": {"operationId": "createChat"}}}},
        "vpc": vpc,
        "vpc_link": aws_apigateway.VpcLink.from_vpc_link_id(stack, "LinkV1", "v1"),
        "vpc_link_v2": aws_apigatewayv2.VpcLink.from_vpc_link_attributes(
            stack, "LinkV2", vpc_link_id="v2", vpc=vpc
        ),
        "load_balancer": elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(
            stack,
            "Alb",
            load_balancer_arn=ARN.format("elasticloadbalancing", "loadbalancer/app/mine/1"),
            security_group_id="sg-1",
        ),
        "vpc_endpoint": aws_ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
            stack, "Endpoint", vpc_endpoint_id="vpce-1", port=443
        ),
        "certificate": aws_certificatemanager.Certificate.from_certificate_arn(
            stack, "Certificate", ARN.format("acm", "certificate/1")
        ),
        "bucket": aws_s3.Bucket.from_bucket_name(stack, "Bucket", "trust"),
        "role": aws_iam.Role(stack, "Caller", assumed_by=aws_iam.AccountRootPrincipal()),
        "user_pool": aws_cognito.UserPool(stack, "UserPool"),
        "topic": aws_sns.Topic(stack, "Topic"),
        "acm": aws_certificatemanager,
        "json": json,
        "Duration": Duration,
        "NestedStack": NestedStack,
        "RemovalPolicies": RemovalPolicies,
        "RemovalPolicy": RemovalPolicy,
        "Size": Size,
        "Tags": Tags,
        "apigateway": aws_apigateway,
        "cloudwatch_actions": aws_cloudwatch_actions,
        "codedeploy": aws_codedeploy,
        "ec2": aws_ec2,
        "iam": aws_iam,
        "kms": aws_kms,
        "lambda_": aws_lambda,
    }


#: what the escape hatches of docs/constructs.md set
HATCHES: list[tuple[str, dict[str, object]]] = [
    ("AWS::Lambda::Function", {"RecursiveLoop": "Terminate"}),
    (
        "AWS::Lambda::Function",
        {"TracingConfig": {"Mode": "PassThrough"}, "Handler": "probe.handler.handler"},
    ),
    ("AWS::Lambda::Function", {"FunctionName": "keys", "Handler": "authorizer.handler.handler"}),
    ("AWS::ApiGateway::RestApi", {"Mode": "overwrite"}),
    ("AWS::ApiGateway::Stage", {"DocumentationVersion": "1"}),
]


def test_construct_docs_escape_hatches_reach_what_has_no_argument(stack: cdk.Stack) -> None:
    names = given(stack)
    names["my_api"].root.add_method("GET")  # type: ignore[attr-defined]
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "constructs.md").read_text("utf-8"), re.DOTALL)
    for block in blocks[2:]:
        exec(compile(block, "constructs.md", "exec"), names)
    template = Template.from_stack(stack)
    for kind, expected in HATCHES:
        template.has_resource_properties(kind, expected)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_construct_docs_blocks_synthesize_what_the_page_names(page: Path, stack: cdk.Stack) -> None:
    text = page.read_text("utf-8")
    names = given(stack)
    names["my_api"].root.add_method("GET")  # type: ignore[attr-defined]
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, page.name, "exec"), names)
    template = Template.from_stack(stack).to_json()
    said = re.findall(r"`(AWS::\w+::\w+)`", text)
    assert set(said) <= {it["Type"] for it in template["Resources"].values()}
    # W3005: the CDK adds DependsOn where a reference says the same
    config = cfnlint.api.ManualArgs(ignore_checks=["W3005"], regions=["eu-west-1"])
    assert cfnlint.api.lint(json.dumps(template), config=config) == []
