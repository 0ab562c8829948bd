"""The rules of ``StreamingRules``: what must not be combined with a streaming API, why, and what to do.

An error is refused by API Gateway, breaks the answer or keeps it from streaming; a warning works, but not as
it reads, or at somebody's cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_MODE = f"{_GUIDE}/response-transfer-mode.html"
_LAMBDA = f"{_GUIDE}/response-transfer-mode-lambda.html"
_CONFIGURE = f"{_GUIDE}/response-streaming-lambda-configure.html"
_LIMITS = f"{_GUIDE}/api-gateway-execution-service-limits-table.html"
_CACHING = f"{_GUIDE}/api-gateway-caching.html"
_STREAMING_FUNCTION = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html"
_FETCH = "https://fetch.spec.whatwg.org/#http-access-control-allow-origin"


@dataclass(frozen=True)
class Rule:
    """What is wrong, and what to do about it.

    :param id: acknowledged as ``StreamingRules::<id>``
    :param severity: error or warning
    :param title: what must not be, in a line
    :param fix: what to do
    :param link: where it is documented
    """

    id: str
    severity: Severity
    title: str
    fix: str
    link: str


_ROWS = (
    Rule(
        "STREAM001",
        "error",
        "the transfer mode is neither BUFFERED nor STREAM",
        "write STREAM, or in the events of a SAM function RESPONSE_STREAM",
        _MODE,
    ),
    Rule(
        "STREAM002",
        "error",
        "STREAM with an integration that is not a proxy integration",
        "use AWS_PROXY for a function and HTTP_PROXY for everything else",
        _MODE,
    ),
    Rule(
        "STREAM003",
        "error",
        "STREAM with a URI that invokes the function for a whole response",
        "let the URI be arn:PARTITION:apigateway:REGION:lambda:path/2021-11-15/functions/FUNCTION_ARN/"
        "response-streaming-invocations",
        _LAMBDA,
    ),
    Rule(
        "STREAM004",
        "error",
        "BUFFERED with the URI that invokes the function for a stream",
        "set ResponseTransferMode to STREAM, or let the URI end in "
        "2015-03-31/functions/FUNCTION_ARN/invocations",
        _LAMBDA,
    ),
    Rule(
        "STREAM005",
        "warning",
        "STREAM without a timeout",
        "set TimeoutInMillis, up to 900000: AWS documents 29 seconds and 5 minutes as the default, "
        "in different places",
        f"{_GUIDE}/response-streaming-http.html",
    ),
    Rule(
        "STREAM006",
        "error",
        "a timeout that API Gateway does not take",
        "set TimeoutInMillis to 50 to 900000 with STREAM, to 50 to 29000 with BUFFERED "
        "(up to 300000 with a raised quota)",
        _MODE,
    ),
    Rule(
        "STREAM007",
        "warning",
        "BUFFERED with a timeout above the default quota",
        "set ResponseTransferMode to STREAM, which needs no quota, "
        "or have the quota L-E5AE38E3 raised before the deployment",
        _LIMITS,
    ),
    Rule(
        "STREAM008",
        "warning",
        "the timeouts of the streaming integration and of its function differ",
        "set both to the same: the shorter one ends the stream",
        _CONFIGURE,
    ),
    Rule(
        "STREAM009",
        "error",
        "caching of a streaming method",
        "set CachingEnabled to false for the method: endpoint caching is not supported with STREAM",
        _MODE,
    ),
    Rule(
        "STREAM010",
        "warning",
        "cache keys on a streaming method",
        "remove CacheKeyParameters: endpoint caching is not supported with STREAM",
        _MODE,
    ),
    Rule(
        "STREAM011",
        "warning",
        "compression on an API that streams",
        "remove MinimumCompressionSize and compress in the integration: "
        "content encoding is not supported with STREAM",
        _MODE,
    ),
    Rule(
        "STREAM012",
        "error",
        "transformation of a streamed response",
        "remove IntegrationResponses: VTL is not supported with STREAM, "
        "the function writes status and headers",
        _MODE,
    ),
    Rule(
        "STREAM013",
        "warning",
        "a request template on a streaming method",
        "remove RequestTemplates: a proxy integration gets the request as it is",
        f"{_GUIDE}/set-up-lambda-proxy-integrations.html",
    ),
    Rule(
        "STREAM014",
        "warning",
        "content handling on a streaming method",
        "remove ContentHandling: with STREAM the payload is passed on as it is, binary or not",
        _MODE,
    ),
    Rule(
        "STREAM015",
        "warning",
        "method responses on a streaming method",
        "remove MethodResponses: in a proxy integration nothing is mapped to them",
        f"{_GUIDE}/set-up-lambda-proxy-integrations.html",
    ),
    Rule(
        "STREAM016",
        "warning",
        "a long stream through an edge-optimized endpoint, with nothing that keeps it from falling silent",
        "use a REGIONAL endpoint (5 minutes of silence instead of 30 seconds), "
        "or send a heartbeat as the layer of StreamingFunction does",
        _MODE,
    ),
    Rule(
        "STREAM017",
        "error",
        "a private API without a resource policy",
        "add a policy that allows execute-api:Invoke from your VPC endpoint; "
        "in the CDK api.grant_invoke_from_vpc_endpoints_only([endpoint])",
        f"{_GUIDE}/apigateway-private-api-create.html",
    ),
    Rule(
        "STREAM018",
        "error",
        "STREAM in front of a function that cannot stream",
        "use StreamingFunction for Python, a Node.js runtime, a custom runtime or the Lambda Web Adapter",
        _STREAMING_FUNCTION,
    ),
    Rule(
        "STREAM019",
        "error",
        "STREAM in front of a Lambda Web Adapter that buffers",
        "set the environment variable AWS_LWA_INVOKE_MODE to response_stream",
        "https://github.com/aws/aws-lambda-web-adapter",
    ),
    Rule(
        "STREAM020",
        "error",
        "BUFFERED in front of a function that streams",
        "set ResponseTransferMode to STREAM with the URI that goes with it: "
        "buffered, status and headers arrive without a body",
        _CONFIGURE,
    ),
    Rule(
        "STREAM021",
        "error",
        "an HTTP API in front of a function that streams",
        "use a REST API (AWS::ApiGateway::RestApi): HTTP APIs buffer every response",
        _MODE,
    ),
    Rule(
        "STREAM022",
        "error",
        "a function that API Gateway may not invoke",
        "add an AWS::Lambda::Permission for apigateway.amazonaws.com and lambda:InvokeFunction "
        "on the function, or alias, that the URI names",
        f"{_GUIDE}/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
    ),
    Rule(
        "STREAM023",
        "warning",
        "an open method that streams, or has a function behind it that may call Amazon Bedrock",
        "set AuthorizationType to AWS_IAM, a Cognito user pool or a Lambda authorizer: "
        "whoever knows the URL can spend your money, on a model or on up to 15 minutes of a function",
        f"{_GUIDE}/apigateway-control-access-to-api.html",
    ),
    Rule(
        "STREAM024",
        "warning",
        "a policy that allows to call every Bedrock model",
        "allow bedrock:InvokeModelWithResponseStream on the models that are used; "
        "`streaming-api policy MODEL_ID` prints the statements, BedrockModel.grant_stream grants them",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
    ),
    Rule(
        "STREAM025",
        "error",
        "CORS with credentials for every origin",
        "name the origins, or leave Access-Control-Allow-Credentials out: "
        "browsers refuse '*' with credentials",
        _FETCH,
    ),
    Rule(
        "STREAM026",
        "error",
        "a CORS origin that no browser sends",
        "write scheme://host[:port], without a slash, path or quote after it",
        _FETCH,
    ),
    Rule(
        "STREAM027",
        "warning",
        "an access log that does not show whether a response was streamed",
        "log $context.integration.responseTransferMode, $context.integration.timeToAllHeaders and "
        "$context.integration.timeToFirstContent",
        _MODE,
    ),
    Rule(
        "STREAM028",
        "error",
        "a deployment that does not wait for the method",
        "add the method to DependsOn of the AWS::ApiGateway::Deployment: "
        "otherwise the stage may be deployed without it",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-apigateway-deployment.html",
    ),
    Rule(
        "STREAM029",
        "warning",
        "a property override that the deployment does not know of",
        "pass the value to the construct instead; where there is no property for it, call "
        "api.latest_deployment.add_to_logical_id({...}) with the value and acknowledge this finding",
        "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_apigateway.Deployment.html"
        "#addwbrtowbrlogicalwbriddata",
    ),
)

RULES = {rule.id: rule for rule in _ROWS}
