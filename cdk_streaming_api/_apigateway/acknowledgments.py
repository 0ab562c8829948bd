"""Pass acknowledgments of a stream on to its method, which the CDK has below the resource of the API.

The method cannot be below the stream: CloudFormation would then make a second method for the same path and
verb, which API Gateway refuses, before it deletes the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import jsii
from aws_cdk import Acknowledgment, Aspects, IAspect, Validations
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct, IConstruct


def pass_on_acknowledgments(stream: Construct, method: apigateway.Method) -> None:
    """Acknowledge on the method, once the app is complete, what is acknowledged on the stream."""
    Aspects.of(stream).add(_PassOn(stream, method))


@jsii.implements(IAspect)
class _PassOn:
    def __init__(self, stream: Construct, method: apigateway.Method) -> None:
        self._stream, self._method = stream, method

    def visit(self, node: IConstruct) -> None:
        if node is self._stream:  # and not what is below it
            for rule_id, reason in _acknowledged(node):
                Validations.of(self._method).acknowledge(Acknowledgment(id=rule_id, reason=reason))


def _acknowledged(node: IConstruct) -> Iterator[tuple[str, str]]:
    for entry in node.node.metadata:
        if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
            yield from cast(Mapping[str, str], entry.data).items()
