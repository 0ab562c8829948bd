"""Judge the permissions of functions: whether API Gateway may invoke them."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.symbols import display
from ..rule import GUIDE, Finding, Rule, Severity, check
from ..subjects.permissions import covered
from ..subjects.read import Subjects

STREAM022 = Rule(
    "STREAM022",
    Severity.ERROR,
    "a function that API Gateway may not invoke",
    "add an AWS::Lambda::Permission for apigateway.amazonaws.com and "
    "lambda:InvokeFunction on the function, or alias, that the URI names",
    f"{GUIDE}/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
)


@check(STREAM022, of="methods")
def missing_permission(subjects: Subjects) -> Iterator[Finding]:
    """Yield the methods whose function API Gateway may not invoke."""
    for method in subjects.methods:
        # a function of another app may have its permission there; Credentials name a role instead of one
        if method.function is None or method.integration.get("Credentials"):
            continue
        found = subjects.permissions.get(method.target, ())
        if covered(method, found):
            continue
        name = display(f"${{{method.target}}}")[2:-1]
        what = "no permission" if not found else "no permission whose SourceArn covers it"
        message = f"{method.label} invokes {name}, and there is {what} for API Gateway"
        yield STREAM022.found(method.resource, method.at("Uri"), message)
