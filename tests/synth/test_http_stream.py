"""Streams from servers: on the Internet, behind a Network and behind an Application Load Balancer."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk.assertions import Template

from cdk_streaming_api import HttpStream, StreamingApi

SERVER = "https://example.com"


def method(stack: cdk.Stack) -> dict[str, Any]:
    (found,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def alb(stack: cdk.Stack) -> elbv2.IApplicationLoadBalancer:
    return elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(
        stack,
        "Alb",
        load_balancer_arn="arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/mine/1",
        security_group_id="sg-1",
    )


def link_v2(stack: cdk.Stack) -> apigatewayv2.IVpcLink:
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"])
    return apigatewayv2.VpcLink.from_vpc_link_attributes(stack, "Link", vpc_link_id="v2id", vpc=vpc)


def test_add_http_stream_is_a_streaming_http_proxy_integration(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api").add_http_stream("docs", url=f"{SERVER}/docs", http_method="GET")
    found = method(stack)
    assert found["HttpMethod"] == "GET"
    assert found["AuthorizationType"] == "AWS_IAM"
    assert found["Integration"] == {
        "Type": "HTTP_PROXY",
        "IntegrationHttpMethod": "GET",
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 900_000,
        "Uri": f"{SERVER}/docs",
    }
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 0)


def test_add_http_stream_path_parameter_of_the_url_is_mapped(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api").add_http_stream(
        "t/{tenant}/{proxy+}", url=f"{SERVER}/{{tenant}}/{{proxy}}", http_method="ANY"
    )
    found = method(stack)
    assert found["Integration"]["RequestParameters"] == {
        "integration.request.path.tenant": "method.request.path.tenant",
        "integration.request.path.proxy": "method.request.path.proxy",
    }
    assert found["RequestParameters"] == {
        "method.request.path.tenant": True,
        "method.request.path.proxy": True,
    }
    assert found["Integration"]["IntegrationHttpMethod"] == "ANY"


def test_add_http_stream_parameter_mapping_is_declared_on_the_method(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api").add_http_stream(
        "search/{topic}",
        url=f"{SERVER}/search/{{about}}",
        parameter_mapping={
            "integration.request.path.about": "method.request.path.topic",
            "integration.request.querystring.q": "method.request.querystring.query",
            "integration.request.header.X-Caller": "context.identity.caller",
            "integration.request.header.X-Source": "'gateway'",
        },
        request_parameters={"method.request.querystring.query": True},
    )
    found = method(stack)
    assert found["RequestParameters"] == {
        "method.request.path.topic": True,
        "method.request.querystring.query": True,
    }
    assert len(found["Integration"]["RequestParameters"]) == 4


def test_add_http_stream_vpc_link_v1_reaches_a_network_load_balancer(stack: cdk.Stack) -> None:
    link = apigateway.VpcLink.from_vpc_link_id(stack, "Link", "v1id")
    StreamingApi(stack, "Api").add_http_stream("svc", vpc_link=link, url="http://internal/stream")
    integration = method(stack)["Integration"]
    assert integration["ConnectionType"] == "VPC_LINK"
    assert integration["ConnectionId"] == "v1id"
    assert integration["ResponseTransferMode"] == "STREAM"
    assert "IntegrationTarget" not in integration


def test_add_http_stream_vpc_link_v2_reaches_an_application_load_balancer(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api").add_http_stream(
        "svc", vpc_link=link_v2(stack), load_balancer=alb(stack), url="http://internal/stream"
    )
    integration = method(stack)["Integration"]
    assert integration["ConnectionType"] == "VPC_LINK"
    assert integration["ConnectionId"] == "v2id"
    assert integration["IntegrationTarget"] == alb(cdk.Stack()).load_balancer_arn
    assert integration["ResponseTransferMode"] == "STREAM"


def test_add_http_stream_load_balancer_changes_the_deployment(context: dict[str, object]) -> None:
    def deployment(arn: str) -> str:
        stack = cdk.Stack(cdk.App(context=context, builtin_cloud_formation_validation=False), "Test")
        target = elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(
            stack, "Alb", load_balancer_arn=arn, security_group_id="sg-1"
        )
        StreamingApi(stack, "Api").add_http_stream(
            "svc", vpc_link=link_v2(stack), load_balancer=target, url="http://internal/"
        )
        (logical_id,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Deployment")
        return logical_id

    arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/mine/"
    assert deployment(f"{arn}1") == deployment(f"{arn}1")
    assert deployment(f"{arn}1") != deployment(f"{arn}2")


def test_http_stream_on_an_existing_api_streams(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Theirs", cloud_watch_role=False)
    stream = HttpStream(stack, "Docs", resource=api.root.add_resource("docs"), url=SERVER)
    assert method(stack)["Integration"]["ResponseTransferMode"] == "STREAM"
    assert stack.resolve(stream.url)["Fn::Join"][1][-1] == "/docs"
    assert method(stack)["AuthorizationType"] == "AWS_IAM"


def test_add_http_stream_with_origins_has_a_preflight(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", allow_origins=["https://app.example.com"])
    api.add_http_stream("docs", url=SERVER)
    Template.from_stack(stack).resource_properties_count_is(
        "AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"}, 1
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("example.com", "url of stream '/docs' must begin with 'http://' or 'https://' .* got 'example.com'"),
        ("https://", "must begin with 'http://' or 'https://' and a host, got 'https://'"),
        (f"{SERVER}/{{id}}", "url of stream '/docs' has '{id}', which the path does not have"),
    ],
)
def test_add_http_stream_invalid_url_is_refused(stack: cdk.Stack, url: str, message: str) -> None:
    api = StreamingApi(stack, "Api")
    with pytest.raises(ValueError, match=message):
        api.add_http_stream("docs", url=url)


def test_add_http_stream_invalid_parameter_mapping_is_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    with pytest.raises(ValueError, match=r"must map 'integration\.request.*NAME', got 'querystring.q'"):
        api.add_http_stream("docs", url=SERVER, parameter_mapping={"querystring.q": "'1'"})


def test_add_http_stream_timeout_over_15_minutes_is_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    with pytest.raises(ValueError, match="timeout of stream '/docs' must be at most 15 minutes, got 1 hour"):
        api.add_http_stream("docs", url=SERVER, timeout=Duration.hours(1))


def test_add_http_stream_vpc_link_v2_without_load_balancer_is_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    with pytest.raises(ValueError, match="stream '/svc' has a VPC link V2, which needs the load_balancer"):
        api.add_http_stream("svc", vpc_link=link_v2(stack), url="http://internal/")


def test_add_http_stream_load_balancer_with_vpc_link_v1_is_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    link = apigateway.VpcLink.from_vpc_link_id(stack, "Link", "v1id")
    with pytest.raises(ValueError, match="needs a VPC link V2, got a VPC link V1"):
        api.add_http_stream("svc", vpc_link=link, load_balancer=alb(stack), url="http://internal/")
