"""What looks as if it broke a rule and does not, as changes of the good template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases import (
    BUFFERED,
    INTEGRATION,
    OPTIONS,
    PYTHON,
    http_api,
    options,
    statement,
)
from tests.unit.streaming_api_templates.rules.templates import GONE, uri

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
    "STREAM009: caching of another method": {
        "Stage.Properties.CacheClusterEnabled": True,
        "Stage.Properties.MethodSettings": [
            {"ResourcePath": "/items", "HttpMethod": "GET", "CachingEnabled": True}
        ],
    },
    "STREAM009: caching of all methods but this": {
        "Stage.Properties.MethodSettings": [
            {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True},
            {"ResourcePath": "/chat", "HttpMethod": "POST", "CachingEnabled": False},
        ]
    },
    "STREAM010: cache keys of a method that buffers": {
        **BUFFERED,
        f"{INTEGRATION}.CacheKeyParameters": ["method.request.path.id"],
    },
    "STREAM011: compression of an API that buffers": {
        **BUFFERED,
        "Api.Properties.MinimumCompressionSize": 1024,
    },
    "STREAM012: status codes without templates": {
        f"{INTEGRATION}.IntegrationResponses": [{"StatusCode": "200"}],
    },
    "STREAM013: templates of a MOCK": OPTIONS,
    "STREAM014: content handling of a method that buffers": {
        **BUFFERED,
        f"{INTEGRATION}.ContentHandling": "CONVERT_TO_TEXT",
    },
    "STREAM015: method responses of a method that buffers": {
        **BUFFERED,
        "Method.Properties.MethodResponses": [{"StatusCode": "200"}],
    },
    "STREAM016: EDGE with the layer's heartbeat": {**PYTHON, "Api.Properties.EndpointConfiguration": GONE},
    "STREAM016: EDGE with 30 seconds": {
        "Api.Properties.EndpointConfiguration": GONE,
        f"{INTEGRATION}.TimeoutInMillis": 30000,
        "Function.Properties.Timeout": 30,
    },
    "STREAM016: an endpoint that is a parameter": {
        "Api.Properties.EndpointConfiguration": {"Types": [{"Ref": "Type"}]}
    },
    "STREAM017: PRIVATE with a policy": {
        "Api.Properties.EndpointConfiguration.Types": ["PRIVATE"],
        "Api.Properties.Policy": {"Statement": [{"Effect": "Allow"}]},
    },
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
    "STREAM021: an HTTP API in front of another function": http_api("arn:aws:lambda:x:1:function:else"),
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
    "STREAM022: an alias with its permission": {
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
        },
        f"{INTEGRATION}.Uri": uri({"Ref": "Live"}),
        "Permission.Properties.FunctionName": {"Ref": "Function"},
        "Permission.Properties.Qualifier": "live",
    },
    "STREAM023: open to whoever has an API key": {
        "Method.Properties.AuthorizationType": "NONE",
        "Method.Properties.ApiKeyRequired": True,
    },
    "STREAM023: open and buffered, without Bedrock": {
        **BUFFERED,
        "Method.Properties.AuthorizationType": "NONE",
        "Policy": GONE,
    },
    "STREAM023: open, with a resource policy": {
        "Method.Properties.AuthorizationType": "NONE",
        "Api.Properties.Policy": {"Statement": [{"Effect": "Deny"}]},
    },
    "STREAM024: every model through one profile": statement(
        "bedrock:InvokeModelWithResponseStream",
        "arn:aws:bedrock:*::foundation-model/*",
        Condition={"StringEquals": {"bedrock:InferenceProfileArn": "arn"}},
    ),
    "STREAM024: Deny on everything": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Deny",
            "Action": "bedrock:*",
            "Resource": "*",
        }
    },
    "STREAM024: reading Bedrock": statement(["bedrock:ListFoundationModels", "bedrock:Get*"], "*"),
    "STREAM024: everything but Bedrock": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Allow",
            "NotAction": "bedrock:*",
            "Resource": "*",
        }
    },
    "STREAM024: nothing of Bedrock": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Allow",
            "Action": "*",
            "NotResource": "arn:aws:bedrock:*:*:*",
        }
    },
    "STREAM025: every origin without credentials": {
        **options("'*'"),
        "Options.Properties.Integration.IntegrationResponses.0.ResponseParameters": {
            "method.response.header.Access-Control-Allow-Origin": "'*'"
        },
    },
    "STREAM026: an origin that is copied": options("method.request.header.Origin"),
    "STREAM027: no access log": {"Stage.Properties.AccessLogSetting": GONE},
    "STREAM027: an access log of an API that buffers": {
        **BUFFERED,
        "Stage.Properties.AccessLogSetting.Format": "$context.requestId",
    },
    "STREAM028: a deployment that refers to the method": {
        "Deployment.DependsOn": GONE,
        "Deployment.Properties.Description": {"Fn::Sub": "of ${Method}"},
    },
    "STREAM028: a deployment that waits by way of another resource": {
        "Deployment.DependsOn": "Waiter",
        "Waiter": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": ["Method"]},
    },
}
