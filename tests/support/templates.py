"""Write templates with one REST API, and read them as the gateway does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streaming_api_tools.local.application import Application
from streaming_api_tools.local.templates.cloud_assembly import load_template

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "lambda_src" / "layer"
FUNCTIONS = Path(__file__).with_name("functions")


def template(
    routes: Mapping[str, Mapping[str, Any]], *, stage: Mapping[str, object] | None = None, **more: object
) -> dict[str, object]:
    """Return a template with one REST API.

    :param routes: ``"POST /path"`` -> properties: ``handler``, and those of the method that are not usual
    :param stage: further properties of the stage
    :param more: further resources
    """
    resources: dict[str, object] = {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "Api", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod", **(stage or {})},
        },
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": str(LAYER)}},
        **more,
    }
    for number, (name, route) in enumerate(routes.items()):
        method, path = name.split(" ")
        parent: dict[str, object] = {"Fn::GetAtt": ["Api", "RootResourceId"]}
        for depth, part in enumerate(path.strip("/").split("/")):
            resource = f"Resource{number}x{depth}"
            resources[resource] = {
                "Type": "AWS::ApiGateway::Resource",
                "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": part},
            }
            parent = {"Ref": resource}
        resources[f"Method{number}"] = {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": parent,
                "HttpMethod": method,
                "AuthorizationType": route.get("authorization", "NONE"),
                "Integration": route.get("integration") or integration(f"Function{number}", route),
                **route.get("method", {}),
            },
        }
        if "handler" in route:
            resources[f"Function{number}"] = function(route)
    return {"Resources": resources}


def integration(logical_id: str, route: Mapping[str, object]) -> dict[str, object]:
    """Return an integration as the CDK writes it."""
    mode = route.get("mode", "STREAM")
    path = {
        "STREAM": "2021-11-15/functions/${%s.Arn}/response-streaming-invocations",
        "BUFFERED": "2015-03-31/functions/${%s.Arn}/invocations",
    }[str(mode)]
    arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/" + path % logical_id
    return {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": mode,
        "TimeoutInMillis": route.get("timeout", 900000),
        "Uri": {"Fn::Sub": arn},
    }


def function(route: Mapping[str, object]) -> dict[str, object]:
    """Return a function of these tests."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(route.get("code", FUNCTIONS)),
            "Handler": route["handler"],
            "Runtime": route.get("runtime", "python3.13"),
            "Timeout": route.get("function_timeout", 30),
            "MemorySize": 512,
            "Layers": route.get("layers", [{"Ref": "Layer"}]),
            "Environment": {"Variables": route.get("environment", {})},
            **dict(route.get("function", {})),  # type: ignore[call-overload]
        },
    }


def application(content: Mapping[str, object], scratch: Path) -> Application:
    """Return what a template serves."""
    file = scratch / "template.json"
    file.write_text(json.dumps(content), "utf-8")
    return load_template(file, "us-east-1", scratch)
