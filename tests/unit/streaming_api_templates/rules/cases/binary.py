"""Cases of rules/checks/binary.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, OPTIONS, PYTHON, Case

MEDIA_TYPES = "Api.Properties.BinaryMediaTypes"
HANDLING = "Options.Properties.Integration.ContentHandling"
AT_MOCK, AT_API = (
    ("Options", "Properties.Integration.ContentHandling"),
    ("Api", "Properties.BinaryMediaTypes"),
)


def application(call: str, *, imported: str = "import lambda_streaming") -> Mapping[str, Any]:
    """A function whose code runs an application."""
    code = f"{imported}\nfrom mine import app\nhandler = {call}\n"
    return {**PYTHON, "Function.Properties.Code": {"ZipFile": code}}


CASES: list[Case] = [
    Case(
        "STREAM042", "every media type", {**OPTIONS, MEDIA_TYPES: ["*/*"]}, AT_MOCK, "without CONVERT_TO_TEXT"
    ),
    Case(
        "STREAM042",
        "converted to bytes",
        {**OPTIONS, MEDIA_TYPES: ["image/png", "*/*"], HANDLING: "CONVERT_TO_BINARY"},
        AT_MOCK,
        "OPTIONS /chat is a MOCK",
    ),
    Case("STREAM043", "ASGI", application("lambda_streaming.asgi(app)"), AT_API, "POST /chat has asgi()"),
    Case(
        "STREAM043",
        "WSGI",
        application("wsgi(app)", imported="from lambda_streaming import wsgi"),
        AT_API,
        "wsgi()",
    ),
    Case(
        "STREAM043",
        "any method",
        {**application("lambda_streaming.wsgi (app)"), "Method.Properties.HttpMethod": "ANY"},
        AT_API,
        "ANY /chat has wsgi()",
    ),
    Case(
        "STREAM043",
        "an empty list",
        {**application("lambda_streaming.asgi(app)"), MEDIA_TYPES: []},
        AT_API,
        "has",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM042: text": {**OPTIONS, MEDIA_TYPES: ["*/*"], HANDLING: "CONVERT_TO_TEXT"},
    "STREAM042: other media types": {**OPTIONS, MEDIA_TYPES: ["multipart/form-data"]},
    "STREAM042: nothing streams": {**BUFFERED, **OPTIONS, MEDIA_TYPES: ["*/*"]},
    "STREAM043: media types": {**application("lambda_streaming.asgi(app)"), MEDIA_TYPES: ["image/png"]},
    "STREAM043: media types of a parameter": {
        **application("lambda_streaming.asgi(app)"),
        MEDIA_TYPES: {"Ref": "MediaTypes"},
    },
    "STREAM043: no body": {
        **application("lambda_streaming.asgi(app)"),
        "Method.Properties.HttpMethod": "GET",
        "Permission.Properties.SourceArn": {
            "Fn::Sub": "arn:${AWS::Partition}:execute-api:*:*:${Api}/*/GET/chat"
        },
    },
    "STREAM043: an MCP server": {
        **application("lambda_streaming.asgi(app)"),
        "Function.Properties.Environment": {"Variables": {"MCP_ALLOWED_HOSTS": {"Ref": "AWS::Region"}}},
    },
    "STREAM043: another library": application("mangum.asgi(app)", imported="import mangum"),
    "STREAM043: another call": application("lambda_streaming.stream(app)"),
}
