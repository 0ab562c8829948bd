"""Define log groups, which a key of the app's own can encrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_kms as kms


def new_log_group(
    scope: Construct,
    construct_id: str,
    *,
    retention: logs.RetentionDays,
    removal_policy: RemovalPolicy | None,
    encryption_key: kms.IKey | None,
    name: str | None = None,
) -> logs.LogGroup:
    """Return a new log group whose key, if it has one, CloudWatch Logs may use.

    :param removal_policy: what becomes of the log group with the stack. Default: - it stays
    :param encryption_key: the key; of an imported one the owner has to allow its use. Default: - one of AWS
    :param name: name of the log group. Default: - CloudFormation generates one
    """
    if encryption_key:
        _allow(Stack.of(scope), encryption_key)
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=retention,
        removal_policy=removal_policy,
        encryption_key=encryption_key,
    )


def _allow(stack: Stack, key: kms.IKey) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    # not the group's own ARN: key and group would wait for each other
    groups = stack.format_arn(service="logs", resource="log-group", resource_name="*").replace("/*", ":*")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
