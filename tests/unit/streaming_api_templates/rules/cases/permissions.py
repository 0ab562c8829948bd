"""Cases of rules/checks/permissions.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import INTEGRATION, STREAM_URI, Case
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE, uri

CASES: list[Case] = [
    Case(
        "STREAM022", "no permission", {"Permission": GONE}, STREAM_URI, "Function, and there is no permission"
    ),
    Case(
        "STREAM022",
        "a permission of another service",
        {"Permission.Properties.Principal": "events.amazonaws.com"},
        STREAM_URI,
        "no permission",
    ),
    *(
        Case(
            "STREAM022",
            f"a permission for {end}",
            {
                "Permission.Properties.SourceArn": {
                    "Fn::Sub": f"arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{end}"
                },
                "Other": {
                    "Type": "AWS::ApiGateway::RestApi",
                    "Properties": {"EndpointConfiguration": {"Types": ["REGIONAL"]}},
                },
            },
            STREAM_URI,
            "no permission whose SourceArn covers it",
        )
        for end in ("${Api}/*/GET/chat", "${Api}/prod/POST/talk", "${Other}/*")
    ),
    Case(
        "STREAM022",
        "an alias whose permission is on the function",
        {
            "Live": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
            },
            f"{INTEGRATION}.Uri": uri({"Ref": "Live"}),
        },
        STREAM_URI,
        "Function:live",
    ),
]


def permissions(count: int, **more: object) -> dict[str, Any]:
    """Return permissions of the function by name, each for a method of its own."""
    return {
        f"Permission{number:02}": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": FUNCTION_ARN,
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {
                    "Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/${Stage}/GET/"
                    + "x" * 60
                },
                **more,
            },
        }
        for number in range(count)
    }


CASES += [
    Case(
        "STREAM035",
        "a policy that is too large",
        permissions(60),
        ("Permission51", "Properties.FunctionName"),
        "the 61 permissions of Function make a policy of at least 23,",
    ),
    Case(
        "STREAM035",
        "a policy of an alias that is too large",
        permissions(60, FunctionName={"Fn::Sub": "${Function.Arn}:live"}),
        ("Permission52", "Properties.FunctionName"),
        "the 60 permissions of Function:live make a policy",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM022: credentials instead of a permission": {
        "Permission": GONE,
        f"{INTEGRATION}.Credentials": "arn:aws:iam::1:role/r",
    },
    "STREAM022: a permission for every method": {
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/*/*/*"}
    },
    "STREAM022: a permission for the whole API": {
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/*"}
    },
    "STREAM022: a permission by the function's name": {
        "Permission.Properties.FunctionName": {"Ref": "Function"}
    },
    "STREAM022: a permission for a path parameter": {
        "Chat.Properties.PathPart": "{id}",
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/prod/POST/*"},
    },
    "STREAM022: a function of somebody else": {
        f"{INTEGRATION}.Uri": uri("arn:aws:lambda:eu-west-1:222222222222:function:theirs"),
        "Permission": GONE,
    },
    "STREAM022: an alias with its permission by the function's ARN": {
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
        },
        f"{INTEGRATION}.Uri": uri({"Ref": "Live"}),
        "Permission.Properties.FunctionName": {"Fn::Sub": "${Function.Arn}:live"},
    },
    "STREAM022: an alias with its permission": {
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
        },
        f"{INTEGRATION}.Uri": uri({"Ref": "Live"}),
        "Permission.Properties.FunctionName": {"Ref": "Live"},
    },
    "STREAM022: a permission for every method of a stage": {
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/${Stage}/*/*"}
    },
    "STREAM022: a method whose path only a deployment knows": {"Chat.Properties.PathPart": {"Ref": "Path"}},
    "STREAM035: permissions that fit": permissions(45),
}
