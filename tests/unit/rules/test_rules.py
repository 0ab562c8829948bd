"""Every rule: what breaks it, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_streaming_api._rules_table import RULES
from tests.unit.rules.cases import (
    BUFFERED,
    CASES,
    INTEGRATION,
    OPTIONS,
    PYTHON,
    Case,
    http_api,
    options,
    statement,
)
from tests.unit.rules.templates import FUNCTION_ARN, GONE, GOOD, changed, found, ids, uri

#: Broken by what only a construct tree shows: tests/synth/rules.
BY_THE_TREE = {"STREAM029"}

RIGHT: dict[str, Mapping[str, Any]] = {
    "as it is": {},
    "BUFFERED": BUFFERED,
    "BUFFERED with 29 seconds": {**BUFFERED, f"{INTEGRATION}.TimeoutInMillis": 29000},
    "the shortest timeout": {
        f"{INTEGRATION}.TimeoutInMillis": 50,
        "Function.Properties.Timeout": {"Ref": "ParameterWithoutDefault"},
    },
    "numbers as text": {f"{INTEGRATION}.TimeoutInMillis": "900000", "Function.Properties.Timeout": "900"},
    "HTTP_PROXY": {
        f"{INTEGRATION}.Type": "HTTP_PROXY",
        f"{INTEGRATION}.Uri": "https://example.com/stream",
        "Permission": GONE,
    },
    "the layer": PYTHON,
    "a layer that nobody knows": {
        "Function.Properties.Runtime": "python3.14",
        "Function.Properties.Layers": [{"Fn::ImportValue": "layer"}],
    },
    "inline code that streams": {
        "Function.Properties.Runtime": "python3.14",
        "Function.Properties.Code": {"ZipFile": "from lambda_streaming import stream"},
    },
    "inline JavaScript that streams": {
        "Function.Properties.Code": {
            "ZipFile": "exports.handler = awslambda.streamifyResponse(async () => {})"
        }
    },
    "a custom runtime": {"Function.Properties.Runtime": "provided.al2023"},
    "a container image": {"Function.Properties.Runtime": GONE, "Function.Properties.PackageType": "Image"},
    "the Lambda Web Adapter": {
        "Function.Properties.Runtime": "java25",
        "Function.Properties.Environment.Variables": {
            "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
            "AWS_LWA_INVOKE_MODE": "RESPONSE_STREAM",
        },
    },
    "EDGE with the layer's heartbeat": {**PYTHON, "Api.Properties.EndpointConfiguration": GONE},
    "EDGE with 30 seconds": {
        "Api.Properties.EndpointConfiguration": GONE,
        f"{INTEGRATION}.TimeoutInMillis": 30000,
        "Function.Properties.Timeout": 30,
    },
    "an endpoint that is a parameter": {"Api.Properties.EndpointConfiguration": {"Types": [{"Ref": "Type"}]}},
    "PRIVATE with a policy": {
        "Api.Properties.EndpointConfiguration.Types": ["PRIVATE"],
        "Api.Properties.Policy": {"Statement": [{"Effect": "Allow"}]},
    },
    "a transfer mode that is a parameter": {f"{INTEGRATION}.ResponseTransferMode": {"Ref": "Mode"}},
    "caching of another method": {
        "Stage.Properties.CacheClusterEnabled": True,
        "Stage.Properties.MethodSettings": [
            {"ResourcePath": "/items", "HttpMethod": "GET", "CachingEnabled": True}
        ],
    },
    "caching of all methods but this": {
        "Stage.Properties.MethodSettings": [
            {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True},
            {"ResourcePath": "/chat", "HttpMethod": "POST", "CachingEnabled": False},
        ]
    },
    "compression of an API that buffers": {**BUFFERED, "Api.Properties.MinimumCompressionSize": 1024},
    "status codes without templates": {
        f"{INTEGRATION}.IntegrationResponses": [{"StatusCode": "200"}],
    },
    "templates of a MOCK": OPTIONS,
    "every origin without credentials": {
        **options("'*'"),
        "Options.Properties.Integration.IntegrationResponses.0.ResponseParameters": {
            "method.response.header.Access-Control-Allow-Origin": "'*'"
        },
    },
    "an origin that is copied": options("method.request.header.Origin"),
    "an HTTP API in front of another function": http_api("arn:aws:lambda:x:1:function:else"),
    "credentials instead of a permission": {
        "Permission": GONE,
        f"{INTEGRATION}.Credentials": "arn:aws:iam::1:role/r",
    },
    "a permission for every method": {
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/*/*/*"}
    },
    "a permission for the whole API": {
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/*"}
    },
    "a permission by the function's name": {"Permission.Properties.FunctionName": {"Ref": "Function"}},
    "a permission for a path parameter": {
        "Chat.Properties.PathPart": "{id}",
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/prod/POST/*"},
    },
    "a function of somebody else": {
        f"{INTEGRATION}.Uri": uri("arn:aws:lambda:eu-west-1:222222222222:function:theirs"),
        "Permission": GONE,
    },
    "an alias with its permission": {
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
        },
        f"{INTEGRATION}.Uri": uri({"Ref": "Live"}),
        "Permission.Properties.FunctionName": {"Ref": "Function"},
        "Permission.Properties.Qualifier": "live",
    },
    "open to whoever has an API key": {
        "Method.Properties.AuthorizationType": "NONE",
        "Method.Properties.ApiKeyRequired": True,
    },
    "open, without Bedrock": {"Method.Properties.AuthorizationType": "NONE", "Policy": GONE},
    "open, with a resource policy": {
        "Method.Properties.AuthorizationType": "NONE",
        "Api.Properties.Policy": {"Statement": [{"Effect": "Deny"}]},
    },
    "every model through one profile": statement(
        "bedrock:InvokeModelWithResponseStream",
        "arn:aws:bedrock:*::foundation-model/*",
        Condition={"StringEquals": {"bedrock:InferenceProfileArn": "arn"}},
    ),
    "Deny on everything": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Deny",
            "Action": "bedrock:*",
            "Resource": "*",
        }
    },
    "reading Bedrock": statement(["bedrock:ListFoundationModels", "bedrock:Get*"], "*"),
    "no access log": {"Stage.Properties.AccessLogSetting": GONE},
    "an access log of an API that buffers": {
        **BUFFERED,
        "Stage.Properties.AccessLogSetting.Format": "$context.requestId",
    },
    "a deployment that waits by way of another resource": {
        "Deployment.DependsOn": "Waiter",
        "Waiter": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": ["Method"]},
    },
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_a_mistake_is_found_by_its_rule_and_by_no_other(case: Case) -> None:
    (finding,) = found(changed(case.changes))
    assert finding.rule is RULES[case.rule]
    assert (finding.logical_id, finding.path) == case.at
    assert case.says in finding.message
    assert "#" not in finding.message


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_left_alone(changes: Mapping[str, Any]) -> None:
    assert [(each.rule.id, each.message) for each in found(changed(changes))] == []


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | BY_THE_TREE == set(RULES)


def test_errors_come_first() -> None:
    template = changed({"Function.Properties.Timeout": 60, "Permission": GONE})
    assert ids(template) == ["STREAM022", "STREAM008"]


def test_a_template_of_something_else_is_left_alone() -> None:
    assert ids({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Odd": [], "Empty": {}}}) == []


@pytest.mark.parametrize(
    "spoiled", [None, 1, "x", [], {}, [1], {"Ref": "Nope"}, {"Fn::If": []}, {"Fn::Join": 1}]
)
def test_a_property_of_any_form_ends_no_rule_with_a_traceback(spoiled: object) -> None:
    for logical_id, resource in GOOD["Resources"].items():
        for name in resource["Properties"]:
            found(changed({f"{logical_id}.Properties.{name}": spoiled}))
        found(changed({f"{logical_id}.Properties": spoiled}))
    for name in GOOD["Resources"]["Method"]["Properties"]["Integration"]:
        found(changed({f"{INTEGRATION}.{name}": spoiled}))


def test_the_same_function_in_two_transfer_modes_is_found() -> None:
    second = changed(BUFFERED)["Resources"]["Method"]
    second["Properties"]["HttpMethod"] = "GET"
    template = changed(
        {
            "Second": second,
            "Permission.Properties.SourceArn": GONE,
            "Permission.Properties.FunctionName": FUNCTION_ARN,
        }
    )
    (finding,) = found(template)
    assert (finding.rule.id, finding.logical_id) == ("STREAM020", "Second")
    assert "POST /chat has STREAM in front of it" in finding.message
