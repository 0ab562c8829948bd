"""What the CDK, the SDK and clients say."""

from __future__ import annotations

from .pain import APIGW, Pain

PAINS: tuple[Pain, ...] = (
    Pain(
        "account-logging",
        "API Gateway has no role to write logs with",
        (r"CloudWatch Logs role ARN must be set in account settings",),
        "an access log needs one role for account and Region",
        "run: cdk deploy ApiGatewayAccountLogging -c account_logging_role=true",
        f"{APIGW}set-up-logging.html",
    ),
    Pain(
        "bootstrap",
        "the CDK is not bootstrapped",
        (r"has (the )?environment been bootstrapped", r"/cdk-bootstrap/\w+/version not found"),
        "cdk deploy needs a bucket and roles in the Region",
        "run: cdk bootstrap aws://ACCOUNT/REGION",
        "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html",
    ),
    Pain(
        "credentials",
        "no credentials, or expired ones",
        (
            r"Unable to locate credentials",
            r"NoCredentialsError",
            r"ExpiredToken",
            r"security token included in the request is (expired|invalid)",
        ),
        "the SDK found no credentials that are still valid",
        "run: aws configure, or: aws sso login",
        "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html",
    ),
    Pain(
        "sse-client",
        "an official SDK cannot read the stream",
        (r"JSONDecodeError: Expecting value", r"SyntaxError: Unexpected end of JSON input"),
        "an SSE event without data, or with only id or retry, which some SDKs take for JSON",
        "send comments as heartbeats, and no event without JSON data",
        "https://html.spec.whatwg.org/multipage/server-sent-events.html",
    ),
)
