"""What breaks each rule, as changes of the good template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE, INVOKE_ON_MODEL, uri

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

CASES = [
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
    Case(
        "STREAM009",
        "caching for all methods",
        {
            "Stage.Properties.MethodSettings": [
                {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True}
            ]
        },
        ("Stage", "Properties.MethodSettings.0.CachingEnabled"),
        "POST /chat",
    ),
    Case(
        "STREAM009",
        "caching for one of the methods that ANY stands for",
        {
            "Stage.Properties.MethodSettings": [
                {"ResourcePath": "/~1chat", "HttpMethod": "GET", "CachingEnabled": True}
            ],
            "Method.Properties.HttpMethod": "ANY",
            "Permission.Properties.SourceArn": GONE,
        },
        ("Stage", "Properties.MethodSettings.0.CachingEnabled"),
        "ANY /chat",
    ),
    Case(
        "STREAM009",
        "a cache cluster",
        {
            "Stage.Properties.CacheClusterEnabled": True,
            "Method.Properties.HttpMethod": "GET",
            "Permission.Properties.SourceArn": GONE,
        },
        ("Stage", "Properties.CacheClusterEnabled"),
        "GET /chat",
    ),
    of_integration(
        "STREAM010", "cache keys", "CacheKeyParameters", ["method.request.querystring.q"], "querystring.q"
    ),
    Case(
        "STREAM011",
        "compression",
        {"Api.Properties.MinimumCompressionSize": 0},
        ("Api", "Properties.MinimumCompressionSize"),
        "is 0",
    ),
    of_integration(
        "STREAM012",
        "a response template",
        "IntegrationResponses",
        [{"StatusCode": "200", "ResponseTemplates": {"application/json": "$input.body"}}],
        "ResponseTemplates",
    ),
    of_integration(
        "STREAM013", "a request template", "RequestTemplates", {"application/json": "{}"}, "application/json"
    ),
    of_integration("STREAM014", "content handling", "ContentHandling", "CONVERT_TO_TEXT", "CONVERT_TO_TEXT"),
    Case(
        "STREAM015",
        "method responses",
        {"Method.Properties.MethodResponses": [{"StatusCode": "200"}]},
        ("Method", "Properties.MethodResponses"),
        "for 200",
    ),
    Case(
        "STREAM016",
        "EDGE",
        {"Api.Properties.EndpointConfiguration.Types": ["EDGE"]},
        ("Method", "Properties.Integration"),
        "30 seconds of silence",
    ),
    Case(
        "STREAM016",
        "no endpoint type",
        {"Api.Properties.EndpointConfiguration": GONE},
        ("Method", "Properties.Integration"),
        "EDGE",
    ),
    Case(
        "STREAM017",
        "PRIVATE",
        {"Api.Properties.EndpointConfiguration.Types": ["PRIVATE"]},
        ("Api", "Properties.Policy"),
        "no resource policy",
    ),
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
    Case(
        "STREAM022", "no permission", {"Permission": GONE}, STREAM_URI, "Function, and there is no permission"
    ),
    Case(
        "STREAM022",
        "a permission of another service",
        {"Permission.Properties.Principal": "events.amazonaws.com"},
        STREAM_URI,
        "no permission",
    ),
    *(
        Case(
            "STREAM022",
            f"a permission for {end}",
            {
                "Permission.Properties.SourceArn": {
                    "Fn::Sub": f"arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{end}"
                },
                "Other": {
                    "Type": "AWS::ApiGateway::RestApi",
                    "Properties": {"EndpointConfiguration": {"Types": ["REGIONAL"]}},
                },
            },
            STREAM_URI,
            "no permission whose SourceArn covers it",
        )
        for end in ("${Api}/*/GET/chat", "${Api}/prod/POST/talk", "${Other}/*")
    ),
    Case(
        "STREAM022",
        "an alias whose permission is on the function",
        {
            "Live": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
            },
            f"{INTEGRATION}.Uri": uri({"Ref": "Live"}),
        },
        STREAM_URI,
        "Function:live",
    ),
    Case(
        "STREAM023",
        "NONE",
        {"Method.Properties.AuthorizationType": "NONE"},
        ("Method", "Properties.AuthorizationType"),
        "POST /chat is open, and Function may call Amazon Bedrock",
    ),
    Case(
        "STREAM023",
        "NONE, without Bedrock",
        {"Method.Properties.AuthorizationType": "NONE", "Policy": GONE},
        ("Method", "Properties.AuthorizationType"),
        "POST /chat is open, and it streams",
    ),
    Case(
        "STREAM023",
        "a managed policy",
        {
            "Method.Properties.AuthorizationType": GONE,
            "Policy": GONE,
            "Role.Properties.ManagedPolicyArns": [
                {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonBedrockFullAccess"}
            ],
        },
        ("Method", "Properties.AuthorizationType"),
        "is open",
    ),
    Case("STREAM024", "bedrock:*", statement("bedrock:*", "*"), STATEMENT, "bedrock:* is allowed on *"),
    Case("STREAM024", "InvokeModel*", statement(["bedrock:InvokeModel*"], ["*"]), STATEMENT, "InvokeModel*"),
    Case(
        "STREAM024",
        "every model",
        statement(
            INVOKE_ON_MODEL["Action"], {"Fn::Sub": "arn:${AWS::Partition}:bedrock:*::foundation-model/*"}
        ),
        STATEMENT,
        "foundation-model/*",
    ),
    Case(
        "STREAM024",
        "all actions but some, on all resources but some",
        {
            "Policy.Properties.PolicyDocument.Statement.0": {
                "Effect": "Allow",
                "NotAction": "iam:*",
                "NotResource": "arn:aws:s3:::bucket",
            }
        },
        STATEMENT,
        "bedrock:InvokeModelWithResponseStream is allowed on all but arn:aws:s3:::bucket",
    ),
    Case("STREAM024", "two stars", statement("bedrock:*", "arn:aws:bedrock:*:*:*/*"), STATEMENT, "*/*"),
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
    Case(
        "STREAM027",
        "a log without the variables",
        {f"Stage.Properties.{FORMAT}": '{"id":"$context.requestId"}'},
        ("Stage", f"Properties.{FORMAT}"),
        "no $context.integration.responseTransferMode, $context.integration.timeToAllHeaders",
    ),
    Case(
        "STREAM027",
        "a stage that its deployment makes",
        {
            "Stage": GONE,
            "Deployment.Properties.StageName": "prod",
            "Deployment.Properties.StageDescription": {"AccessLogSetting": {"Format": "$context.requestId"}},
        },
        ("Deployment", "Properties.StageDescription.AccessLogSetting.Format"),
        "no $context.integration.responseTransferMode",
    ),
    Case(
        "STREAM028",
        "a deployment that waits for nothing",
        {"Deployment.DependsOn": GONE},
        ("Method", "DependsOn"),
        "Deployment does not depend on POST /chat",
    ),
]
