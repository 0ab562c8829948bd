"""Cases of rules/checks/urls.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import STREAMING_LAYER, Case
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE


def url(
    mode: object = "RESPONSE_STREAM", authorization: str = "AWS_IAM", **function: object
) -> dict[str, Any]:
    """Return the function behind a URL instead of an API.

    :param function: further properties of the function
    """
    gone = dict.fromkeys(["Api", "Chat", "Method", "Deployment", "Stage", "Permission"], GONE)
    properties: dict[str, object] = {"TargetFunctionArn": FUNCTION_ARN, "AuthType": authorization}
    properties |= {} if mode is GONE else {"InvokeMode": mode}
    more = {f"Function.Properties.{name}": value for name, value in function.items()}
    return {**gone, "Url": {"Type": "AWS::Lambda::Url", "Properties": properties}, **more}


def adapter(mode: object) -> dict[str, Any]:
    """Return the environment of a function behind the Lambda Web Adapter."""
    return {"Variables": {"AWS_LWA_INVOKE_MODE": mode}}


PYTHON_PROPERTIES: dict[str, Any] = {"Runtime": "python3.14", "Layers": [{"Ref": "Layer"}]}
VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
MODE = ("Url", "Properties.InvokeMode")

CASES: list[Case] = [
    Case(
        "STREAM039",
        "a function in a VPC",
        url(VpcConfig=VPC),
        MODE,
        "InvokeMode is RESPONSE_STREAM, and Function is in a VPC",
    ),
    Case(
        "STREAM040",
        "an open URL",
        url(authorization="NONE"),
        ("Url", "Properties.AuthType"),
        "AuthType is NONE, and Function may call Amazon Bedrock",
    ),
    Case(
        "STREAM044",
        "a mode that was forgotten",
        url(GONE, **PYTHON_PROPERTIES) | {"Layer": STREAMING_LAYER},
        MODE,
        "InvokeMode is not there, and Function streams: it has the layer lambda_streaming",
    ),
    Case(
        "STREAM044",
        "a mode that buffers",
        url("BUFFERED", **PYTHON_PROPERTIES) | {"Layer": STREAMING_LAYER},
        MODE,
        "InvokeMode is BUFFERED, and Function streams",
    ),
    Case(
        "STREAM041",
        "an adapter that buffers",
        url(Environment=adapter("buffered")),
        MODE,
        "InvokeMode is RESPONSE_STREAM, and the Lambda Web Adapter of Function has the mode buffered",
    ),
    Case(
        "STREAM041",
        "a URL that buffers",
        url("BUFFERED", Environment=adapter("RESPONSE_STREAM")),
        MODE,
        "InvokeMode is BUFFERED, and the Lambda Web Adapter of Function has the mode response_stream",
    ),
    Case(
        "STREAM041",
        "an adapter in its layer",
        url(Layers=["arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:25"]),
        MODE,
        "has the mode buffered",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM039: a VPC behind a URL that buffers": url("BUFFERED", VpcConfig=VPC),
    "STREAM039: a VPC without subnets": url(VpcConfig={"SubnetIds": []}),
    "STREAM040: an open URL without a model": {**url(authorization="NONE"), "Policy": GONE},
    "STREAM040: an open URL that buffers": url("BUFFERED", "NONE"),
    "STREAM044: a function that may not stream": url(GONE),
    "STREAM044: a mode that only a deployment knows": url({"Ref": "Mode"}, **PYTHON_PROPERTIES)
    | {"Layer": STREAMING_LAYER},
    "STREAM041: an adapter that streams": url(Environment=adapter("response_stream")),
    "STREAM041: an adapter and a URL that buffer": url("BUFFERED", Environment=adapter("buffered")),
    "STREAM041: a mode that only a deployment knows": url(Environment=adapter({"Ref": "Mode"})),
    "STREAM041: a URL whose mode only a deployment knows": url(
        {"Ref": "Mode"}, Environment=adapter("buffered")
    ),
}
