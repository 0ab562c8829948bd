"""Cases of rules/checks/cors.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, CORS, Case, options

CASES: list[Case] = [
    Case("STREAM025", "credentials for all", options("'*'"), CORS, "is '*'"),
    Case(
        "STREAM025",
        "a gateway response",
        {
            "Denied": {
                "Type": "AWS::ApiGateway::GatewayResponse",
                "Properties": {
                    "RestApiId": {"Ref": "Api"},
                    "ResponseType": "DEFAULT_4XX",
                    "ResponseParameters": {
                        "gatewayresponse.header.access-control-allow-origin": "'*'",
                        "gatewayresponse.header.access-control-allow-credentials": "'true'",
                    },
                },
            }
        },
        ("Denied", "Properties.ResponseParameters"),
        "is '*'",
    ),
    Case(
        "STREAM025",
        "an HTTP API",
        {
            "HttpApi": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}},
            }
        },
        ("HttpApi", "Properties.CorsConfiguration"),
        "is '*'",
    ),
    *(
        Case("STREAM026", name, options(f"'{origin}'"), CORS, f"'{origin}'")
        for name, origin in {
            "a slash": "https://app.example.com/",
            "a path": "https://app.example.com/chat",
            "a quote": 'https://app.example.com"',
            "two": "https://a.example.com,https://b.example.com",
            "no scheme": "app.example.com",
        }.items()
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM026: an origin that no browser sends, where nothing streams": {
        **BUFFERED,
        **options("'https://app.example.com/'"),
    },
    "STREAM025: every origin without credentials": {
        **options("'*'"),
        "Options.Properties.Integration.IntegrationResponses.0.ResponseParameters": {
            "method.response.header.Access-Control-Allow-Origin": "'*'"
        },
    },
    "STREAM026: an origin that is copied": options("method.request.header.Origin"),
}
