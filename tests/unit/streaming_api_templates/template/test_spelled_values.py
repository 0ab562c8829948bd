"""A transfer mode counts however a template spells it, for the rules and for the gateway alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_api_tools.local.application import LambdaIntegration, TransferMode, UnsupportedIntegration
from streaming_api_tools.local.templates.cloud_assembly import load_template
from tests.unit.streaming_api_templates.rules.templates import ids

LISTED = {"Fn::Split": [",", "BUFFERED,STREAM"]}
#: Spellings of STREAM.
SPELLINGS: dict[str, object] = {
    "the word": "STREAM",
    "FindInMap": {"Fn::FindInMap": ["Modes", "prod", "transfer"]},
    "FindInMap by a parameter": {"Fn::FindInMap": ["Modes", {"Ref": "Stage"}, "transfer"]},
    "FindInMap by Sub": {"Fn::FindInMap": ["Modes", {"Fn::Sub": "${Stage}"}, "transfer"]},
    "FindInMap with a default": {"Fn::FindInMap": ["Modes", "test", "transfer", {"DefaultValue": "STREAM"}]},
    "Select of a list": {"Fn::Select": [1, ["BUFFERED", "STREAM"]]},
    "Select of Split": {"Fn::Select": ["1", LISTED]},
    "Select of a list parameter": {"Fn::Select": [1, {"Ref": "Listed"}]},
    "Select by FindInMap": {"Fn::Select": [{"Fn::FindInMap": ["Modes", "prod", "index"]}, LISTED]},
    "Split of a parameter": {"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Path"}]}]},
    "Join": {"Fn::Join": ["", ["STR", "EAM"]]},
    "Join of Split": {"Fn::Join": ["", {"Fn::Split": ["-", "STR-EAM"]}]},
    "Sub": {"Fn::Sub": "STR${End}"},
    "Sub with variables": {"Fn::Sub": ["${a}EAM", {"a": {"Fn::Select": [0, ["STR"]]}}]},
    "If": {"Fn::If": ["Always", "STREAM", "BUFFERED"]},
    "If in If": {"Fn::If": ["Never", "BUFFERED", {"Fn::If": ["Always", "STREAM", "BUFFERED"]}]},
    "a parameter": {"Ref": "Mode"},
}
#: What only a deployment knows.
UNKNOWN: dict[str, object] = {
    "a parameter without a default": {"Ref": "Given"},
    "a parameter of SSM": {"Ref": "Stored"},
    "FindInMap without the key": {"Fn::FindInMap": ["Modes", "test", "transfer"]},
    "Select beyond the end": {"Fn::Select": [7, LISTED]},
    "Select before the beginning": {"Fn::Select": [-1, LISTED]},
    "Select of what is no list": {"Fn::Select": [0, "STREAM"]},
    "an import": {"Fn::ImportValue": "mode"},
    "a transform": {"Fn::Transform": {"Name": "Own"}},
    "a function of another day": {"Fn::Modes": ["STREAM"]},
    "If of a condition that is not there": {"Fn::If": ["Nowhere", "STREAM", "BUFFERED"]},
}


def template(mode: object, kind: str = "AWS_PROXY") -> dict[str, Any]:
    """A REST API with a method of a transfer mode."""
    path = "lambda:path/2021-11-15/functions/${Fn.Arn}/response-streaming-invocations"
    uri = f"arn:aws:apigateway:eu-west-1:{path}"
    return {
        "Parameters": {
            "Stage": {"Type": "String", "Default": "prod"},
            "Listed": {"Type": "CommaDelimitedList", "Default": "BUFFERED, STREAM"},
            "Path": {"Type": "String", "Default": "STREAM/x"},
            "End": {"Type": "String", "Default": "EAM"},
            "Mode": {"Type": "String", "Default": "STREAM"},
            "Given": {"Type": "String"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "STREAM"},
        },
        "Mappings": {"Modes": {"prod": {"transfer": "STREAM", "index": 1}}},
        "Conditions": {
            "Always": {"Fn::Equals": ["a", "a"]},
            "Never": {"Fn::Not": [{"Condition": "Always"}]},
        },
        "Resources": {
            "Api": {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {"Name": "a", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
            },
            "Post": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    "RestApiId": {"Ref": "Api"},
                    "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                    "HttpMethod": "POST",
                    "AuthorizationType": "AWS_IAM",
                    "Integration": {
                        "Type": kind,
                        "Uri": {"Fn::Sub": uri},
                        "ResponseTransferMode": mode,
                        "TimeoutInMillis": 3000,
                    },
                },
            },
            "Fn": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"ZipFile": "exports.handler = awslambda.streamifyResponse(() => {})"},
                    "Handler": "index.handler",
                    "Runtime": "nodejs24.x",
                },
            },
            "Permission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": {"Ref": "Fn"},
                    "Principal": "apigateway.amazonaws.com",
                },
            },
        },
    }


@pytest.mark.parametrize("mode", SPELLINGS.values(), ids=SPELLINGS)
def test_transfer_mode_in_any_spelling_counts_for_check_and_local(mode: object, tmp_path: Path) -> None:
    assert "STREAM002" in ids(template(mode, "MOCK"))
    assert "STREAM002" not in ids(template(mode))
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template(mode)), "utf-8")
    (route,) = load_template(file, "eu-west-1", tmp_path).apis[0].routes
    assert isinstance(route.integration, LambdaIntegration)
    assert route.integration.mode is TransferMode.STREAM


@pytest.mark.parametrize("mode", UNKNOWN.values(), ids=UNKNOWN)
def test_transfer_mode_unknown_is_symbolic_for_check_and_named_by_local(mode: object, tmp_path: Path) -> None:
    assert ids(template(mode, "MOCK")) == []
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template(mode)), "utf-8")
    (route,) = load_template(file, "eu-west-1", tmp_path).apis[0].routes
    assert isinstance(route.integration, UnsupportedIntegration)
    assert route.integration.reason.startswith(("Post.Integration.ResponseTransferMode: ", "Conditions."))
