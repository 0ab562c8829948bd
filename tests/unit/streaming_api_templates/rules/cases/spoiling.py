"""Parts of the cases: changes of the good template, and what they should be found to break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE, uri

INTEGRATION = "Method.Properties.Integration"
BUFFERED: Mapping[str, Any] = {
    f"{INTEGRATION}.ResponseTransferMode": GONE,
    f"{INTEGRATION}.TimeoutInMillis": GONE,
    f"{INTEGRATION}.Uri": uri(FUNCTION_ARN, streams=False),
}
STREAMING_LAYER = {
    "Type": "AWS::Lambda::LayerVersion",
    "Properties": {"Description": "lambda_streaming: response streaming for Python functions"},
}
PYTHON: Mapping[str, Any] = {
    "Function.Properties.Runtime": "python3.14",
    "Function.Properties.Layers": [{"Ref": "Layer"}],
    "Layer": STREAMING_LAYER,
}
OPTIONS: Mapping[str, Any] = {
    "Options": {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Ref": "Chat"},
            "HttpMethod": "OPTIONS",
            "AuthorizationType": "NONE",
            "Integration": {
                "Type": "MOCK",
                "RequestTemplates": {"application/json": '{"statusCode": 204}'},
                "IntegrationResponses": [
                    {
                        "StatusCode": "204",
                        "ResponseParameters": {
                            "method.response.header.Access-Control-Allow-Origin": "'https://app.example.com'",
                            "method.response.header.Access-Control-Allow-Credentials": "'true'",
                        },
                    }
                ],
            },
        },
    }
}
ORIGIN = (
    "Options.Properties.Integration.IntegrationResponses.0.ResponseParameters",
    "method.response.header.Access-Control-Allow-Origin",
)


def options(origin: str) -> Mapping[str, Any]:
    """A preflight answer with credentials for an origin."""
    integration = OPTIONS["Options"]["Properties"]["Integration"]
    parameters = {**integration["IntegrationResponses"][0]["ResponseParameters"], ORIGIN[1]: origin}
    response = {"StatusCode": "204", "ResponseParameters": parameters}
    properties = {
        **OPTIONS["Options"]["Properties"],
        "Integration": {**integration, "IntegrationResponses": [response]},
    }
    return {"Options": {**OPTIONS["Options"], "Properties": properties}}


def http_api(target: object) -> Mapping[str, Any]:
    """An HTTP API with an integration."""
    return {
        "HttpApi": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "http", "ProtocolType": "HTTP"}},
        "HttpIntegration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "HttpApi"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": target,
            },
        },
    }


@dataclass(frozen=True)
class Case:
    """A change that breaks one rule and no other.

    :param rule: the rule that it breaks
    :param name: what the change is
    :param changes: of the good template
    :param at: logical id and property path of the finding
    :param says: what the message has in it
    """

    rule: str
    name: str
    changes: Mapping[str, Any]
    at: tuple[str, str]
    says: str


def of_integration(rule: str, name: str, prop: str, value: object, says: str, **more: object) -> Case:
    """A case that changes a property of the integration."""
    changes = {f"{INTEGRATION}.{prop}": value, **more}
    return Case(rule, name, changes, ("Method", f"Properties.Integration.{prop}"), says)


def statement(action: object, resource: object, **more: object) -> Mapping[str, Any]:
    """A change of the statement of the function's policy."""
    content = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Policy.Properties.PolicyDocument.Statement.0": content}


STATEMENT = ("Policy", "Properties.PolicyDocument.Statement.0")
FORMAT = "AccessLogSetting.Format"
TIMEOUT = ("Method", "Properties.Integration.TimeoutInMillis")
STREAM_URI = ("Method", "Properties.Integration.Uri")
CORS = ("Options", "Properties.Integration.IntegrationResponses")
