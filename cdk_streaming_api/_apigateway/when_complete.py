"""Finish streams when the app is complete: what an app says of them or of their functions may come later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IValidation, Node

from .._common.timeouts import function_timeout_ms


class CompleteApp:
    """An app that has defined everything, in which one question has one answer."""

    def __init__(self) -> None:
        """Begin with no answers."""
        self._timeouts: dict[lambda_.IFunction, int | None] = {}

    def function_timeout_ms(self, handler: lambda_.IFunction) -> int | None:
        """Return the timeout of the function behind ``handler``, or None where it is not known."""
        if handler not in self._timeouts:
            self._timeouts[handler] = function_timeout_ms(handler)
        return self._timeouts[handler]


Finish = Callable[[CompleteApp], None]


def when_complete(scope: Construct, finish: Finish) -> None:
    """Call ``finish`` once, at synth, when the app has defined everything and its aspects have run.

    :param scope: a construct around what is finished. Node is told of each scope and not of each stream.
    """
    if scope not in _OF_SCOPES:
        _OF_SCOPES[scope] = _WhenComplete()
        scope.node.add_validation(_OF_SCOPES[scope])
    _OF_SCOPES[scope].waiting.append(finish)


@jsii.implements(IValidation)
class _WhenComplete:
    """Finishes what waits where the CDK asks for errors: that is when the tree is complete.

    ``synth(skip_validation=True)`` does not ask, and then nothing is finished.
    """

    def __init__(self) -> None:
        self.waiting: list[Finish] = []

    def validate(self) -> list[str]:
        """Finish, and return no errors."""
        waiting, self.waiting = self.waiting, []
        app = CompleteApp()
        for finish in waiting:
            finish(app)
        return []


_OF_SCOPES: WeakKeyDictionary[Construct, _WhenComplete] = WeakKeyDictionary()


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
