"""A finding of the streaming rules is acknowledged with a reason, for one construct."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from cdk_streaming_api import HttpStream
from cdk_streaming_api.check import main
from tests.synth.rules.test_plugin import findings, function, report, resource, rest_api, stream


def test_streaming_rules_finding_is_acknowledged_with_a_reason(ruled: cdk.App) -> None:
    stack = cdk.Stack(ruled, "Stack")
    method = stream(rest_api(stack), function(stack))
    resource(method).add_property_override("Integration.Type", "AWS")
    ids = ("STREAM002", "STREAM029")
    cdk.Validations.of(method).acknowledge(
        *(cdk.Acknowledgment(id=f"StreamingRules::{rule}", reason="a test") for rule in ids)
    )
    found = report(ruled)
    assert found["violations"] == []
    suppressed = [(each["ruleName"], each["reason"]) for each in found["suppressedViolations"]]
    assert suppressed == [(rule, "a test") for rule in ids]


def test_check_command_honours_acknowledgments_in_the_assembly(
    app: cdk.App, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = cdk.Stack(app, "Stack")
    method = stream(rest_api(stack), function(stack))
    resource(method).add_property_override("Integration.Type", "AWS")
    cdk.Validations.of(method).acknowledge(
        cdk.Acknowledgment(id="StreamingRules::STREAM002", reason="a test")
    )
    folder = app.synth().directory
    assert main([folder, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["rule"], found["construct_path"]) == (
        "STREAM029",
        "Stack/Api/Default/chat/POST/Resource",
    )
    assert main([folder]) == 0
    assert "0 errors, 1 warning, 1 acknowledged in 1 template" in capsys.readouterr().out


def test_stream029_override_of_private_stream_is_acknowledged_by_it(ruled: cdk.App) -> None:
    stack = cdk.Stack(ruled, "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    balancer = elbv2.ApplicationLoadBalancer(stack, "Balancer", vpc=vpc)
    HttpStream(
        stack,
        "Stream",
        resource=rest_api(stack).root.add_resource("svc"),
        url="http://svc.internal/chat",
        vpc_link=apigatewayv2.VpcLink(stack, "Link", vpc=vpc),
        load_balancer=balancer,
    )
    found = report(ruled)
    assert found["violations"] == []
    assert [each["ruleName"] for each in found["suppressedViolations"]] == ["STREAM029"]


def test_streaming_rules_acknowledgment_of_one_method_is_not_for_another(ruled: cdk.App) -> None:
    stack = cdk.Stack(ruled, "Stack")
    api = rest_api(stack)
    short = function(stack)
    resource(short).add_property_override("Timeout", 60)
    one, _ = stream(api, short, "one"), stream(api, short, "two")
    cdk.Validations.of(one).acknowledge(cdk.Acknowledgment(id="StreamingRules::STREAM008", reason="a test"))
    assert findings(ruled) == [("STREAM008", "Stack/Api/Default/two/POST/Resource")]
