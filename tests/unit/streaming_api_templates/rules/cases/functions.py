"""Cases of rules/checks/functions.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, PYTHON, STREAM_URI, Case
from tests.unit.streaming_api_templates.rules.templates import GONE

CASES: list[Case] = [
    *(
        Case("STREAM018", runtime, {"Function.Properties.Runtime": runtime}, STREAM_URI, f"runtime {runtime}")
        for runtime in ("python3.14", "java25", "dotnet10", "ruby3.4", "go1.x")
    ),
    Case(
        "STREAM018",
        "inline code that returns",
        {"Function.Properties.Code": {"ZipFile": "exports.handler = async () => ({statusCode: 200})"}},
        STREAM_URI,
        "does not call awslambda.streamifyResponse",
    ),
    Case(
        "STREAM019",
        "the adapter's default",
        {
            "Function.Properties.Runtime": "python3.14",
            "Function.Properties.Layers": [
                {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:26"}
            ],
        },
        STREAM_URI,
        "Web Adapter of Function does not stream",
    ),
    Case(
        "STREAM019",
        "the adapter set to buffer",
        {"Function.Properties.Environment.Variables": {"AWS_LWA_INVOKE_MODE": "buffered"}},
        STREAM_URI,
        "does not stream",
    ),
    Case(
        "STREAM020",
        "a function with the layer",
        {**BUFFERED, **PYTHON},
        ("Method", "Properties.Integration.ResponseTransferMode"),
        "it has the layer lambda_streaming",
    ),
    Case(
        "STREAM020",
        "the Lambda Web Adapter",
        {**BUFFERED, "Function.Properties.Environment.Variables": {"AWS_LWA_INVOKE_MODE": "response_stream"}},
        ("Method", "Properties.Integration.ResponseTransferMode"),
        "AWS_LWA_INVOKE_MODE",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM018: the layer": PYTHON,
    "STREAM018: a layer that nobody knows": {
        "Function.Properties.Runtime": "python3.14",
        "Function.Properties.Layers": [{"Fn::ImportValue": "layer"}],
    },
    "STREAM018: inline code that streams": {
        "Function.Properties.Runtime": "python3.14",
        "Function.Properties.Code": {"ZipFile": "from lambda_streaming import stream"},
    },
    "STREAM018: inline JavaScript that streams": {
        "Function.Properties.Code": {
            "ZipFile": "exports.handler = awslambda.streamifyResponse(async () => {})"
        }
    },
    "STREAM018: a custom runtime": {"Function.Properties.Runtime": "provided.al2023"},
    "STREAM018: a container image": {
        "Function.Properties.Runtime": GONE,
        "Function.Properties.PackageType": "Image",
    },
    "STREAM019: the Lambda Web Adapter": {
        "Function.Properties.Runtime": "java25",
        "Function.Properties.Environment.Variables": {
            "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
            "AWS_LWA_INVOKE_MODE": "RESPONSE_STREAM",
        },
    },
    "STREAM020: BUFFERED in front of a function that nothing streams from": {
        **BUFFERED,
        "Function.Properties.Runtime": "python3.14",
    },
}
