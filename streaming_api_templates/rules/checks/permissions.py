"""Judge the permissions of functions: whether API Gateway may invoke them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from ...template.lenient_json import text
from ...template.resolve import display
from ..rule import GUIDE, Finding, Rule, Severity, check
from ..subjects.methods import Method
from ..subjects.read import Subjects
from ..subjects.resources import Resource, Resources

STREAM022 = Rule(
    "STREAM022",
    Severity.ERROR,
    "a function that API Gateway may not invoke",
    "add an AWS::Lambda::Permission for apigateway.amazonaws.com and "
    "lambda:InvokeFunction on the function, or alias, that the URI names",
    f"{GUIDE}/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
)


@check(STREAM022)
def missing_permission(subjects: Subjects) -> Iterator[Finding]:
    """Yield the methods whose function API Gateway may not invoke."""
    permissions: dict[str, list[Resource]] = {}
    for permission in subjects.resources.of("AWS::Lambda::Permission"):
        if _is_for_api_gateway(permission):
            named = permission.properties
            target = subjects.functions.target(named.get("FunctionName"), named.get("Qualifier"))
            permissions.setdefault(target.key, []).append(permission)
    for method in subjects.methods:
        # a function of another app may have its permission there; Credentials name a role instead of one
        if method.function is None or method.integration.get("Credentials"):
            continue
        found = permissions.get(method.target, [])
        if any(_covers(permission, method, subjects.resources) for permission in found):
            continue
        name = display(f"${{{method.target}}}")[2:-1]
        what = "no permission" if not found else "no permission whose SourceArn covers it"
        message = f"{method.label} invokes {name}, and there is {what} for API Gateway"
        yield STREAM022.found(method.resource, method.at("Uri"), message)


def _is_for_api_gateway(permission: Resource) -> bool:
    principal = text(permission.properties.get("Principal"))
    action = text(permission.properties.get("Action"))
    return (principal in ("apigateway.amazonaws.com", "*") or "${" in principal) and fnmatchcase(
        "lambda:InvokeFunction", action
    )


def _covers(permission: Resource, method: Method, resources: Resources) -> bool:
    """Tell whether the ``SourceArn`` of a permission allows a method; what is not known is taken to.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
    """
    *_, invoked = text(permission.properties.get("SourceArn")).split(":", 5)
    api_id, _, rest = invoked.partition("/")
    named = resources.referenced(api_id)
    if named and method.api and named.key != method.api.resource.key:
        return False
    _stage, _, rest = rest.partition("/")
    verb, slash, path = rest.partition("/")
    if not slash or method.path is None or "${" in verb + path:
        return True
    called = re.sub(r"\{[^}]*\}", "x", method.path)
    return (method.verb == "ANY" or fnmatchcase(method.verb, verb)) and (
        fnmatchcase(called, f"/{path}") or path == method.path.lstrip("/")
    )
