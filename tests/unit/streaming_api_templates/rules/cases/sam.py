"""Cases of rules/checks/sam.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import Case
from tests.unit.streaming_api_templates.rules.templates import STREAMING_LOG

API = {
    "Type": "AWS::Serverless::Api",
    "Properties": {
        "StageName": "prod",
        "EndpointConfiguration": "REGIONAL",
        "Auth": {"DefaultAuthorizer": "AWS_IAM"},
        "AccessLogSetting": {"Format": STREAMING_LOG, "DestinationArn": "arn"},
    },
}
MODE = ("SamFunction", "Properties.Events.E.Properties.ResponseTransferMode")
INVOKE_MODE = ("SamFunction", "Properties.Events.E.Properties.InvokeMode")


def event(kind: str = "Api", **settings: object) -> Mapping[str, Any]:
    """A function of SAM with an event."""
    named = {"RestApiId": {"Ref": "SamApi"}} if kind == "Api" else {}
    properties = {"Path": "/sam", "Method": "post", **named, **settings}
    return {
        "SamApi": copy.deepcopy(API),
        "SamFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "nodejs24.x",
                "Handler": "index.handler",
                "CodeUri": "src",
                "Timeout": 60,
                "Events": {"E": {"Type": kind, "Properties": properties}},
            },
        },
    }


CASES = [
    Case("STREAM030", "CloudFormation's word", event(ResponseTransferMode="STREAM"), MODE, "read 'STREAM'"),
    *(
        Case("STREAM030", name, event(ResponseTransferMode=value), MODE, "POST /sam is BUFFERED")
        for name, value in {
            "the word by Join": {"Fn::Join": ["_", ["RESPONSE", "STREAM"]]},
            "the word by Sub": {"Fn::Sub": ["${a}_STREAM", {"a": "RESPONSE"}]},
            "the word by Select": {"Fn::Select": [0, ["RESPONSE_STREAM"]]},
        }.items()
    ),
    Case("STREAM031", "of an Api", event(InvokeMode="RESPONSE_STREAM"), INVOKE_MODE, "SAM refuses"),
    Case("STREAM031", "BUFFERED", event(InvokeMode="BUFFERED"), INVOKE_MODE, "SAM refuses"),
    Case("STREAM031", "of an HttpApi", event("HttpApi", InvokeMode="BUFFERED"), INVOKE_MODE, "SAM refuses"),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM030: SAM's word": event(ResponseTransferMode="RESPONSE_STREAM", TimeoutInMillis=60000),
    "STREAM030: BUFFERED": event(ResponseTransferMode="BUFFERED"),
    "STREAM030: a parameter without a default": event(ResponseTransferMode={"Ref": "Mode"}),
    "STREAM031: an event without it": event(),
}
