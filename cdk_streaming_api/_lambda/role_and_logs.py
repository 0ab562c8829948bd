"""Define the role and the log group of a function, without AWS managed policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

# with the names: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_ENVIRONMENT = 4096


class FunctionParts(NamedTuple):
    """The role and the log group of one function."""

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


def check_environment(subject: str, environment: Mapping[str, str]) -> None:
    """Refuse variables that are too large for Lambda; a value with a token in it is not counted.

    :param subject: whose environment it is, for the message.
    """
    known = {name: value for name, value in environment.items() if "${Token[" not in str(value)}
    size = sum(len(str(text).encode()) for variable in known.items() for text in variable)
    if size > _MAX_ENVIRONMENT:
        raise ValueError(f"environment of {subject} must fit into {_MAX_ENVIRONMENT} bytes, got {size}")
