"""Name what a construct defines after its stack, since deployments of one app differ in nothing else."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import IConstruct


def deployment_path(construct: IConstruct) -> str:
    """Return the path of a construct with the name of its stack in place of the stack's id.

    A nested stack has a name that only CloudFormation knows, so the path begins at the stack that it is in.
    """
    stack = Stack.of(construct)
    while parent := stack.nested_stack_parent:
        stack = parent
    return stack.stack_name + construct.node.path.removeprefix(stack.node.path)
