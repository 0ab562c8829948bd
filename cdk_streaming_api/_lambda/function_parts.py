"""Define functions whose role and log group are below them, without AWS managed policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

import jsii
from aws_cdk import IListProducer, IResolveContext, Lazy, RemovalPolicy, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from .._common.log_group import new_log_group
from .._common.tokens import check_known

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_kms as kms

# with the names: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_ENVIRONMENT = 4096


class LogOfFunction(NamedTuple):
    """The log of a function: a log group that is there, or how to define one."""

    retention: logs.RetentionDays
    group: logs.ILogGroup | None = None
    removal_policy: RemovalPolicy | None = None
    encryption_key: kms.IKey | None = None


class FunctionWithParts(lambda_.Function):
    """A function with a role that may write to its log group, and may do nothing else by itself.

    Nothing can be below a construct before it exists, and the CDK's initializer takes a role and a log group
    that exist. So the role is the one that the CDK defines, without the managed policies that come with it,
    and the log group is defined afterwards.
    """

    _log_group_of_parts: logs.ILogGroup

    def _define_parts(self, log: LogOfFunction, *, own_role: bool = True) -> iam.IRole:
        """Define the log group and return the role; what initializes the function calls it last.

        :param own_role: whether the role is the one that the CDK defined.
        """
        role, node = cast(iam.IRole, self.role), self.node
        if own_role:
            role_resource = cast(iam.CfnRole, role.node.default_child)
            role_resource.managed_policy_arns = Lazy.uncached_list(
                _AddedLater(role_resource.managed_policy_arns or []), omit_empty=True
            )
        # with @aws-cdk/aws-lambda:useCdkManagedLogGroup there is one already, named after the function
        node.try_remove_child("LogGroup")
        self._log_group_of_parts = log.group or new_log_group(
            self,
            "LogGroup",
            retention=log.retention,
            removal_policy=log.removal_policy,
            encryption_key=log.encryption_key,
        )
        self._log_group_of_parts.grant_write(role)
        resource = cast(lambda_.CfnFunction, node.default_child)
        resource.logging_config = lambda_.CfnFunction.LoggingConfigProperty(
            log_group=self._log_group_of_parts.log_group_name
        )
        return role

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group of the function."""
        return self._log_group_of_parts


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


# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_NAME = re.compile("[A-Za-z0-9_-]{1,64}")


def check_name(subject: str, name: str | None) -> None:
    """Refuse a name that Lambda would refuse; a token is not looked at.

    :param subject: whose name it is, for the message.
    """
    if name is not None and not Token.is_unresolved(name) and not _NAME.fullmatch(name):
        raise ValueError(
            f"function_name of {subject} must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-', got '{name}'"
        )
