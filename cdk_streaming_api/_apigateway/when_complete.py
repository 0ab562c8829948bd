"""Finish streams when the app is complete: what an app says of them or of their functions may come later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import jsii
from aws_cdk import Acknowledgment, Aspects, IAspect, Validations
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct, IConstruct, Node


def when_complete(construct: Construct, finish: Callable[[], None]) -> None:
    """Call ``finish`` once, at synth, when the app has defined everything."""
    _ASPECT.waiting[construct] = finish
    Aspects.of(construct).add(_ASPECT)


@jsii.implements(IAspect)
class _WhenComplete:
    """Finishes what waits: one aspect for all, since Node has to be told of each."""

    def __init__(self) -> None:
        self.waiting: dict[IConstruct, Callable[[], None]] = {}

    def visit(self, node: IConstruct) -> None:
        if finish := self.waiting.pop(node, None):
            finish()


_ASPECT = _WhenComplete()


def pass_on_acknowledgments(stream: Node, method: apigateway.Method) -> None:
    """Acknowledge on the method what is acknowledged on its stream.

    The method cannot be below the stream: CloudFormation would then make a second method for the same path
    and verb, which API Gateway refuses, before it deletes the first.
    """
    for rule_id, reason in _acknowledged(stream):
        Validations.of(method).acknowledge(Acknowledgment(id=rule_id, reason=reason))


def _acknowledged(stream: Node) -> Iterator[tuple[str, str]]:
    for entry in stream.metadata:
        if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
            yield from cast(Mapping[str, str], entry.data).items()
