"""Cases of rules/checks/integration.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import (
    BUFFERED,
    INTEGRATION,
    STREAM_URI,
    TIMEOUT,
    Case,
    of_integration,
)
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE, uri

CASES: list[Case] = [
    of_integration("STREAM001", "a typo", "ResponseTransferMode", "STREAMING", "'STREAMING'"),
    of_integration("STREAM001", "lower case", "ResponseTransferMode", "stream", "'stream'"),
    of_integration("STREAM001", "SAM's name", "ResponseTransferMode", "RESPONSE_STREAM", "'RESPONSE_STREAM'"),
    of_integration("STREAM002", "AWS", "Type", "AWS", "type AWS"),
    of_integration("STREAM002", "HTTP", "Type", "HTTP", "type HTTP"),
    of_integration("STREAM002", "MOCK", "Type", "MOCK", "type MOCK"),
    of_integration(
        "STREAM003", "the ordinary URI", "Uri", uri(FUNCTION_ARN, streams=False), "2015-03-31/.../invocations"
    ),
    of_integration(
        "STREAM003",
        "the new version with the old action",
        "Uri",
        {"Fn::Sub": "arn:aws:apigateway:x:lambda:path/2021-11-15/functions/${Function.Arn}/invocations"},
        "2021-11-15/.../invocations",
    ),
    Case(
        "STREAM004",
        "the streaming URI",
        {**BUFFERED, f"{INTEGRATION}.Uri": uri(FUNCTION_ARN)},
        STREAM_URI,
        "response-streaming-invocations",
    ),
    of_integration("STREAM005", "no timeout", "TimeoutInMillis", GONE, "without TimeoutInMillis"),
    of_integration(
        "STREAM006",
        "16 minutes",
        "TimeoutInMillis",
        960000,
        "960000 ms, STREAM takes 50 to 900000",
        **{"Function.Properties.Timeout": 960},
    ),
    of_integration(
        "STREAM006",
        "49 ms",
        "TimeoutInMillis",
        "49",
        "49 ms",
        **{"Function.Properties.Timeout": {"Ref": "X"}},
    ),
    Case(
        "STREAM006",
        "15 minutes of BUFFERED",
        {**BUFFERED, f"{INTEGRATION}.TimeoutInMillis": 900000},
        TIMEOUT,
        "BUFFERED takes 50 to 300000",
    ),
    Case(
        "STREAM007",
        "a minute of BUFFERED",
        {**BUFFERED, f"{INTEGRATION}.TimeoutInMillis": 60000},
        TIMEOUT,
        "60000 ms with BUFFERED",
    ),
    Case(
        "STREAM008",
        "the function ends first",
        {"Function.Properties.Timeout": 60},
        TIMEOUT,
        "Function ends the stream after 60000 ms, API Gateway would wait 900000 ms",
    ),
    Case("STREAM008", "Lambda's default", {"Function.Properties.Timeout": GONE}, TIMEOUT, "after 3000 ms"),
    of_integration("STREAM008", "API Gateway ends first", "TimeoutInMillis", 60000, "for up to 900000 ms"),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM001: a transfer mode that is a parameter": {
        f"{INTEGRATION}.ResponseTransferMode": {"Ref": "Mode"}
    },
    "STREAM002: HTTP_PROXY": {
        f"{INTEGRATION}.Type": "HTTP_PROXY",
        f"{INTEGRATION}.Uri": "https://example.com/stream",
        "Permission": GONE,
    },
    "STREAM003: as it is": {},
    "STREAM004: BUFFERED": BUFFERED,
    "STREAM005: BUFFERED without a timeout": BUFFERED,
    "STREAM006: the shortest timeout": {
        f"{INTEGRATION}.TimeoutInMillis": 50,
        "Function.Properties.Timeout": {"Ref": "ParameterWithoutDefault"},
    },
    "STREAM007: BUFFERED with 29 seconds": {**BUFFERED, f"{INTEGRATION}.TimeoutInMillis": 29000},
    "STREAM008: numbers as text": {
        f"{INTEGRATION}.TimeoutInMillis": "900000",
        "Function.Properties.Timeout": "900",
    },
}
