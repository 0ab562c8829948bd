"""Cases of rules/checks/http_apis.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import Case, http_api
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN

CASES: list[Case] = [
    Case(
        "STREAM021",
        "the function of a streaming method",
        http_api(FUNCTION_ARN),
        ("HttpIntegration", "Properties.IntegrationUri"),
        "POST /chat has STREAM in front of it",
    ),
    Case(
        "STREAM021",
        "the streaming URI",
        http_api("arn:aws:apigateway:x:lambda:path/2021-11-15/functions/else/response-streaming-invocations"),
        ("HttpIntegration", "Properties.IntegrationUri"),
        "2021-11-15",
    ),
    Case(
        "STREAM021",
        "quick create",
        {
            "HttpApi": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {"Name": "http", "ProtocolType": "HTTP", "Target": FUNCTION_ARN},
            }
        },
        ("HttpApi", "Properties.Target"),
        "Function behind it",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM021: an HTTP API in front of another function": http_api("arn:aws:lambda:x:1:function:else"),
}
