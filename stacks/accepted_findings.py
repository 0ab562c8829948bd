"""Acknowledge findings of cdk-nag's AwsSolutions and Serverless packs in the deployment, with reasons."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

ACCEPTED = {
    "AwsSolutions::AwsSolutions-APIG3": (
        "a web ACL costs a monthly fee and inspects what strangers send; "
        "here every caller is an IAM principal of the account, and the stage is throttled"
    ),
    "AwsSolutions::AwsSolutions-COG4": "callers are authorized by IAM, which every method requires",
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": (
        "xray:PutTraceSegments and xray:PutTelemetryRecords have no resource to name; nothing else is on '*'"
    ),
    "Serverless::Serverless-LambdaDLQ": (
        "a dead letter queue takes failed asynchronous events; API Gateway invokes synchronously"
    ),
}


def accept(construct: IConstruct) -> None:
    """Acknowledge the table's findings for ``construct`` and what is in it.

    :param construct: what has the findings.
    """
    acknowledgments = [Acknowledgment(id=rule, reason=reason) for rule, reason in ACCEPTED.items()]
    Validations.of(construct).acknowledge(*acknowledgments)
