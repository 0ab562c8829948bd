"""Cases of rules/checks/unread.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.sam import event
from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, INTEGRATION, Case, http_api

ELSEWHERE = "arn:aws:lambda:x:1:function:else"
EXTENSION = "x-amazon-apigateway-integration"
DEFINED = {"openapi": "3.0.1", "paths": {}}


def integration_of_http_api(**properties: object) -> Mapping[str, Any]:
    """An HTTP API whose integration has more properties."""
    changes = {f"HttpIntegration.Properties.{name}": value for name, value in properties.items()}
    return {**http_api(ELSEWHERE), **changes}


CASES = [
    Case(
        "STREAM032",
        "the integration of an HTTP API",
        integration_of_http_api(ResponseTransferMode="STREAM"),
        ("HttpIntegration", "Properties.ResponseTransferMode"),
        "HTTP APIs buffer every response",
    ),
    Case(
        "STREAM032",
        "the definition of an HTTP API",
        {
            "HttpApi": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {
                    "Body": {
                        "paths": {
                            "/x": {
                                "get": {"x-amazon-apigateway-integration": {"responseTransferMode": "STREAM"}}
                            }
                        }
                    }
                },
            }
        },
        ("HttpApi", "Properties.Body.paths./x.get.x-amazon-apigateway-integration.responseTransferMode"),
        "HTTP APIs buffer",
    ),
    Case(
        "STREAM032",
        "an event of an HTTP API",
        event("HttpApi", ResponseTransferMode="RESPONSE_STREAM"),
        ("SamFunction", "Properties.Events.E.Properties.ResponseTransferMode"),
        "HTTP APIs buffer",
    ),
    *(
        Case(
            "STREAM032",
            f"{at} of {name}",
            {f"{name}.Properties.{at}": value},
            (name, f"Properties.{at}"),
            says,
        )
        for name, at, value, says in (
            ("Method", "ResponseTransferMode", "STREAM", "where nothing reads it"),
            ("Method", "Integration.responseTransferMode", "STREAM", "is spelled ResponseTransferMode"),
            ("Method", "Integration.InvokeMode", "RESPONSE_STREAM", "where nothing reads it"),
            ("Api", "ResponseTransferMode", "STREAM", "where nothing reads it"),
            ("Stage", "ResponseTransferMode", "stream", "where nothing reads it"),
            ("Function", "InvokeMode", "RESPONSE_STREAM", "where nothing reads it"),
            ("Function", "ResponseTransferMode", {"Fn::Join": ["", ["STREAM"]]}, "where nothing reads it"),
        )
    ),
    Case(
        "STREAM032",
        "an event whose API has a definition of its own",
        {
            **event(ResponseTransferMode="RESPONSE_STREAM"),
            "SamApi.Properties.DefinitionBody": DEFINED,
        },
        ("SamFunction", "Properties.Events.E.Properties.ResponseTransferMode"),
        "SAM adds no method",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM032: variables of somebody's own": {
        "Function.Properties.Environment.Variables": {"InvokeMode": "RESPONSE_STREAM"},
        "Stage.Properties.Variables": {"ResponseTransferMode": "STREAM"},
    },
    "STREAM032: a function URL": {
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {
                "TargetFunctionArn": {"Ref": "Function"},
                "AuthType": "AWS_IAM",
                "InvokeMode": "RESPONSE_STREAM",
            },
        }
    },
    "STREAM032: BUFFERED where nobody reads it": {
        **BUFFERED,
        "Method.Properties.ResponseTransferMode": "BUFFERED",
    },
    "STREAM032: another resource with the name": {
        "Own": {"Type": "Custom::Modes", "Properties": {"ResponseTransferMode": "STREAM"}}
    },
    "STREAM032: a mode that is a parameter": {f"{INTEGRATION}.responseTransferMode": {"Ref": "Mode"}},
}
