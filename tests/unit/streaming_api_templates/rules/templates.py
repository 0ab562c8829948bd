"""A template that no rule minds, and the means to spoil it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.rule import Finding
from streaming_api_templates.template.template import Template

#: Removes a property.
GONE = object()

STREAMING_LOG = (
    '{"mode":"$context.integration.responseTransferMode","headers":"$context.integration.timeToAllHeaders",'
    '"content":"$context.integration.timeToFirstContent"}'
)


def uri(function: object, *, streams: bool = True) -> dict[str, Any]:
    """The URI of an integration, as the CDK writes it."""
    version, action = (
        ("2021-11-15", "response-streaming-invocations") if streams else ("2015-03-31", "invocations")
    )
    prefix = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    parts = [*prefix, f":lambda:path/{version}/functions/", function, f"/{action}"]
    return {"Fn::Join": ["", parts]}


FUNCTION_ARN = {"Fn::GetAtt": ["Function", "Arn"]}
INVOKE_ON_MODEL = {
    "Effect": "Allow",
    "Action": "bedrock:InvokeModelWithResponseStream",
    "Resource": {
        "Fn::Sub": "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.nova-lite-v1:0"
    },
}

GOOD: Mapping[str, Any] = {
    "Resources": {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "api", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
        },
        "Chat": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                "PathPart": "chat",
            },
        },
        "Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": {"Ref": "Chat"},
                "HttpMethod": "POST",
                "AuthorizationType": "AWS_IAM",
                "Integration": {
                    "Type": "AWS_PROXY",
                    "IntegrationHttpMethod": "POST",
                    "ResponseTransferMode": "STREAM",
                    "TimeoutInMillis": 900000,
                    "Uri": uri(FUNCTION_ARN),
                },
            },
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": ["Method"],
            "Properties": {"RestApiId": {"Ref": "Api"}},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": "Deployment"},
                "StageName": "prod",
                "AccessLogSetting": {"DestinationArn": "arn:aws:logs:x", "Format": STREAMING_LOG},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Statement": []}},
        },
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "policy",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [INVOKE_ON_MODEL]},
                "Roles": [{"Ref": "Role"}],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "nodejs24.x",
                "Handler": "index.handler",
                "Code": {"S3Bucket": "bucket", "S3Key": "key"},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Timeout": 900,
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": FUNCTION_ARN,
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {
                    "Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/POST/chat"
                },
            },
        },
    }
}


def changed(changes: Mapping[str, Any], of: Mapping[str, Any] = GOOD) -> dict[str, Any]:
    """Return a copy of a template with other values.

    :param changes: dotted path below ``Resources`` -> value or ``GONE``; an item of a list by its number
    :param of: the template
    """
    template: dict[str, Any] = copy.deepcopy(dict(of))
    for path, value in changes.items():
        *parents, last = (int(name) if name.isdecimal() else name for name in path.split("."))
        at: Any = template["Resources"]
        for name in parents:
            at = at[name] if isinstance(name, int) else at.setdefault(name, {})
        if value is GONE:
            del at[last]
        else:
            at[last] = value
    return template


def found(*templates: Mapping[str, Any]) -> list[Finding]:
    """Apply the rules to the templates of one app, named ``0``, ``1`` and so on."""
    return find([Template(str(index), template) for index, template in enumerate(templates)])


def ids(*templates: Mapping[str, Any]) -> list[str]:
    """Return the ids of the rules that the templates break."""
    return [each.rule.id for each in found(*templates)]
