"""Define functions whose role and log group are below them, without AWS managed policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import jsii
from aws_cdk import IListProducer, IResolveContext, Lazy, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from .._common.tokens import check_known

# with the names: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_ENVIRONMENT = 4096


class FunctionWithParts(lambda_.Function):
    """A function with a role that may write to its log group, and may do nothing else by itself.

    Nothing can be below a construct before it exists, and the CDK's initializer takes a role and a log group
    that exist. So the role is the one that the CDK defines, without the managed policies that come with it,
    and the log group is defined afterwards.
    """

    _own_log_group: logs.LogGroup

    def _define_parts(self, log_retention: logs.RetentionDays) -> iam.Role:
        """Define the log group and return the role; what initializes the function calls it last."""
        role, node = cast(iam.Role, self.role), self.node
        role_resource = cast(iam.CfnRole, role.node.default_child)
        role_resource.managed_policy_arns = Lazy.uncached_list(
            _AddedLater(role_resource.managed_policy_arns or []), omit_empty=True
        )
        # with @aws-cdk/aws-lambda:useCdkManagedLogGroup there is one already, named after the function
        node.try_remove_child("LogGroup")
        self._own_log_group = logs.LogGroup(self, "LogGroup", retention=log_retention)
        self._own_log_group.grant_write(role)
        resource = cast(lambda_.CfnFunction, node.default_child)
        resource.logging_config = lambda_.CfnFunction.LoggingConfigProperty(
            log_group=self._own_log_group.log_group_name
        )
        return role

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group of the function."""
        return self._own_log_group


@jsii.implements(IListProducer)
class _AddedLater:
    """The managed policies of a role but those that the CDK gives to the role of every function."""

    def __init__(self, arns: list[str]) -> None:
        self._arns = arns

    def produce(self, context: IResolveContext) -> list[str]:
        """Return their ARNs."""
        arns = context.resolve(self._arns) or []
        return [Token.as_string(arn) for arn in arns if not _is_execution_role(arn)]


def _is_execution_role(arn: object) -> bool:
    return any(f":aws:policy/service-role/{name}" in str(arn) for name in _EXECUTION_ROLES)


# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
_EXECUTION_ROLES = ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole")


def check_environment(subject: str, environment: Mapping[str, str]) -> None:
    """Refuse variables that are too large for Lambda; a value with a token in it is not counted.

    :param subject: whose environment it is, for the message.
    """
    for name in environment:
        check_known(
            f"names in environment of {subject}", name, "CloudFormation has no names that are references"
        )
    known = {name: value for name, value in environment.items() if "${Token[" not in str(value)}
    size = sum(len(str(text).encode()) for variable in known.items() for text in variable)
    if size > _MAX_ENVIRONMENT:
        raise ValueError(f"environment of {subject} must fit into {_MAX_ENVIRONMENT} bytes, got {size}")
