"""Refer to the function of an authorizer before it exists.

An authorizer of the CDK takes a function that exists, and its function is to be below it.
"""

from __future__ import annotations

from typing import Protocol

import jsii
from aws_cdk import IResolveContext, IStringProducer, Lazy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class HasFunction(Protocol):
    """An authorizer with its function."""

    function: lambda_.Function


def function_to_come(scope: Construct, construct_id: str, authorizer: HasFunction) -> lambda_.IFunction:
    """Return what stands for the function of an authorizer, whose ARN is filled in at the end of synth.

    :param scope: the construct that the authorizer is defined in.
    :param construct_id: id of the authorizer.
    :param authorizer: the authorizer, which gets its function later.
    """
    placeholder = f"{construct_id}:FunctionToCome"
    found = lambda_.Function.from_function_attributes(
        scope,
        placeholder,
        function_arn=Lazy.uncached_string(_FunctionArn(authorizer)),
        skip_permissions=True,
    )
    scope.node.try_remove_child(placeholder)
    return found


@jsii.implements(IStringProducer)
class _FunctionArn:
    """The ARN of the function of an authorizer, known once both exist."""

    def __init__(self, authorizer: HasFunction) -> None:
        self._authorizer = authorizer

    def produce(self, _context: IResolveContext) -> str:
        """Return the ARN."""
        return self._authorizer.function.function_arn
