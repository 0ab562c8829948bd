"""What cannot be deployed, or was not."""

from __future__ import annotations

from .pain import APIGW, GITHUB, TROUBLE, Pain

PAINS: tuple[Pain, ...] = (
    Pain(
        "invoke-arn",
        "STREAM with the ordinary invoke ARN",
        (r"Invalid Response transfer mode", r"response transfer mode.{0,60}invalid"),
        "the integration's URI is the ordinary one, /invocations",
        "use .../2021-11-15/functions/ARN/response-streaming-invocations; Stream does",
        f"{GITHUB}hashicorp/terraform-provider-aws/issues/45649",
    ),
    Pain(
        "timeout-range",
        "a timeout beyond what the transfer mode allows",
        (r"Timeout should be between 50 ms and (29000|900000) ms",),
        "29 s is the limit of BUFFERED (more by quota), 15 minutes that of STREAM",
        "set responseTransferMode STREAM for more than 29 s, and at most 900000 ms",
        f"{GITHUB}hashicorp/terraform-provider-aws/issues/45482",
    ),
    Pain(
        "response-stream-name",
        "RESPONSE_STREAM or STREAM",
        (r"RESPONSE_STREAM",),
        "RESPONSE_STREAM is the invoke mode of a function URL; API Gateway calls it STREAM",
        "write responseTransferMode: STREAM in CloudFormation and OpenAPI",
        f"{GITHUB}aws/serverless-application-model/issues/3881",
    ),
    Pain(
        "stale-stage",
        "the method was changed, the stage was not deployed",
        (r"STALE_DEPLOYMENT", r"stage.{0,30}(old|stale|not.{0,10}(updated|deployed))"),
        "a change of a method is live only with the next deployment of the stage; overrides do not make one",
        "run: aws apigateway create-deployment --rest-api-id ID --stage-name STAGE; avoid property overrides",
        f"{APIGW}how-to-deploy-api.html",
    ),
    Pain(
        "propagation",
        "the old configuration is served for a minute",
        (r"(after|right after).{0,20}deploy.{0,40}(old|403|500|still)", r"propagat"),
        "a deployment needs 50 to 90 seconds until every host serves it",
        "try again for two minutes: streaming-api smoke --wait 120 URL",
        APIGW + "how-to-deploy-api.html",
    ),
    Pain(
        "qualified-arn",
        "a version or alias in the URI without its permission",
        (r"Invalid permissions on Lambda function", r"lambda:InvokeFunction.{0,60}(qualif|alias)"),
        "the permission is for another qualifier than the URI, so API Gateway may not invoke it",
        "give the permission to the very alias or version: pass the Alias as the handler",
        f"{GITHUB}hashicorp/terraform-provider-aws/issues/46785",
    ),
    Pain(
        "web-adapter",
        "the web adapter starts, the application does not",
        (r"lambda-adapter", r"aws-lambda-web-adapter", r"exec format error", r"run\.sh"),
        "handler, PYTHONPATH or the platform of the wheels is not what the adapter expects",
        "write a generator with @stream instead: no adapter, no port, no web server",
        f"{GITHUB}aws/aws-lambda-web-adapter",
    ),
    Pain(
        "test-invoke",
        "the console's test does not stream",
        (r"test-invoke", r"TestInvokeMethod", r"console.{0,30}test.{0,40}(buffer|stream)"),
        "TestInvokeMethod collects, for at most 35 s and 1 MB, and writes no execution log",
        "test what is deployed: streaming-api smoke URL",
        TROUBLE,
    ),
)
