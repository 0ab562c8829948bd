"""Keep the logical id of a resource whose construct has moved, so that CloudFormation does not replace it."""

from __future__ import annotations

from typing import cast

import jsii
from aws_cdk import Aspects, CfnResource, IAspect, Stack
from constructs import Construct, IConstruct


def keep_logical_id(moved: Construct, *, beside: Construct) -> None:
    """Give the resource of a construct the logical id that it had beside another construct, and not below.

    It had the id of the other followed by its own. Where the app has a construct of that id, none of an
    earlier version can have been deployed, and the resource has the id of the place where it is.

    :param moved: a construct with one resource.
    :param beside: the construct that it is below now.
    """
    scope = cast(Construct, beside.node.scope)
    former = f"{beside.node.id}{moved.node.id}"
    if scope.node.try_find_child(former):
        return
    # the CDK says what the id was, whatever the stack makes of paths
    resource = cast(CfnResource, moved.node.default_child)
    stand_in = CfnResource(Construct(scope, former), resource.node.id, type=resource.cfn_resource_type)
    logical_id = Stack.of(scope).get_logical_id(stand_in)
    scope.node.try_remove_child(former)
    Aspects.of(resource).add(_FormerLogicalId(logical_id, scope, former))


@jsii.implements(IAspect)
class _FormerLogicalId:
    """Decides when the app is complete, since a construct of the same id may come later."""

    def __init__(self, logical_id: str, scope: Construct, construct_id: str) -> None:
        self._logical_id, self._scope, self._construct_id = logical_id, scope, construct_id

    def visit(self, node: IConstruct) -> None:
        if not self._scope.node.try_find_child(self._construct_id):
            cast(CfnResource, node).override_logical_id(self._logical_id)
