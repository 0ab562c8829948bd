"""The role and the log group of a function, without AWS managed policies."""

from __future__ import annotations

from typing import NamedTuple

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct


class FunctionParts(NamedTuple):
    """What a function has beside it."""

    role: iam.Role
    log_group: logs.LogGroup


def function_parts(scope: Construct, construct_id: str, log_retention: logs.RetentionDays) -> FunctionParts:
    """Define a log group, and a role that may write to it and nothing else.

    :param construct_id: id of the function, with which their ids begin.
    """
    role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group = logs.LogGroup(scope, f"{construct_id}Logs", retention=log_retention)
    log_group.grant_write(role)
    return FunctionParts(role, log_group)
