"""Grant calls of an API.

A resource policy closes an API that was open, so existing callers are allowed again.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import cast

import jsii
from aws_cdk import Annotations, Aspects, IAspect, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from .parameter_mapping import for_every_value

# Where there is a resource policy, these need its permission; the others' own is enough
_NEEDS_THE_POLICY = ("NONE", "COGNITO_USER_POOLS")


def grant_invoke(
    api: apigateway.RestApi, grantee: iam.IGrantable, *, arns: list[str], arns_in_policy: list[str]
) -> iam.Grant:
    """Allow ``grantee`` to call some methods, by the resource policy where it is of another account.

    :param arns: the methods, for the policy of the grantee.
    :param arns_in_policy: the methods, for the resource policy, which cannot refer to its own API.
    """
    definition = cast(apigateway.CfnRestApi, api.node.default_child)
    has_policy = Stack.of(api).resolve(definition.policy) is not None
    grant = iam.Grant.add_to_principal_or_resource(
        grantee=grantee,
        actions=["execute-api:Invoke"],
        resource_arns=arns,
        resource_self_arns=arns_in_policy,
        resource=api,
    )
    # a policy of somebody else may keep callers out on purpose
    if grant.resource_statement and not has_policy:
        Aspects.of(definition).add(_OthersAsBefore(api))
    return grant


@jsii.implements(IAspect)
class _OthersAsBefore:
    """Allows preflights, open methods and those of user pools in the new policy, once all are there."""

    def __init__(self, api: apigateway.RestApi) -> None:
        self._api = api

    def visit(self, node: IConstruct) -> None:
        opened = [method for method in self._api.methods if _needs_the_policy(method)]
        signed = [method for method in self._api.methods if not _needs_the_policy(method)]
        # each resource has a preflight, and a policy holds 8192 bytes:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
        as_one = not any(method.http_method in ("ANY", "OPTIONS") for method in signed)
        preflights = [method for method in opened if as_one and method.http_method == "OPTIONS"]
        called = {"execute-api:/*/OPTIONS/*"} if preflights else set[str]()
        for method in (each for each in opened if each not in preflights):
            covered = [f"{it.http_method} {it.resource.path}" for it in signed if _covers(method, it)]
            if covered:
                Annotations.of(method).add_warning_v2(
                    "cdk-streaming-api:openAboveSigned",
                    f"the grant to another account keeps callers of {method.http_method} "
                    f"{method.resource.path} out: to let them in would let everybody who signs call "
                    f"{', '.join(covered)}; give the API a policy of its own",
                )
            else:
                called.add("execute-api:/*/" + _pattern(method))
        if called:
            self._api.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=["execute-api:Invoke"],
                    principals=[iam.AnyPrincipal()],
                    resources=sorted(called),
                )
            )


def _needs_the_policy(method: apigateway.Method) -> bool:
    return cast(apigateway.CfnMethod, method.node.default_child).authorization_type in _NEEDS_THE_POLICY


def _pattern(method: apigateway.Method) -> str:
    """Return verb and path as the ARN of a method has them."""
    verb = "*" if method.http_method == "ANY" else method.http_method
    return verb + for_every_value(method.resource.path)


def _covers(method: apigateway.Method, other: apigateway.Method) -> bool:
    """Say whether what allows a method allows calls of another: an asterisk stands for slashes as well."""
    verbs = {method.http_method, other.http_method}
    paths = (for_every_value(each.resource.path) for each in (other, method))
    return (len(verbs) == 1 or "ANY" in verbs) and fnmatchcase(*paths)
